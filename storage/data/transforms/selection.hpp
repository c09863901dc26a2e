// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/arguments.hpp"
#include "storage/data/transforms/transform.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace dk::storage {

/// What one transform acts on: fields, or named columns of fields, all of one side of the rows.
struct Selection {
  /// A chosen field, or one chosen column of it: the field's number among the side's fields and its
  /// floats in a row.
  struct Block {
    std::size_t field = 0;
    std::size_t begin = 0;
    std::size_t size = 0;
    bool whole = true;  ///< The field, not a column of it.
  };

  Side side = Side::kFeatures;
  std::vector<Field> all;            ///< The side's fields in front of the transform.
  std::size_t width = 0;             ///< Their floats per row.
  std::vector<Block> blocks;         ///< Ascending.
  std::vector<std::size_t> inputs;   ///< The chosen floats of a row, ascending.
  std::vector<std::string> columns;  ///< As given; empty: the default side.
  std::string output;                ///< The new name; empty: the old one.

  /// "feature 'age'", "label 'digit'", "feature 'image'[12]": the float at this place of a row.
  [[nodiscard]] std::string name(std::size_t at) const;
  /// The field's or the column's own.
  [[nodiscard]] const std::string& name(const Block& block) const;
  /// {"columns": ..., "output_col": ...}, as far as given.
  [[nodiscard]] nlohmann::json arguments() const;
};

/// Reads `columns`: names of fields or of columns in them, or `features` or `labels` for a whole
/// side. dist-keras' names
/// for one column are understood too: input_col, input_column; output_col and output_column name
/// the outcome, of which there must be one: a chosen field, or what several are merged into.
/// Problems are kept in `arguments`.
[[nodiscard]] Selection select(Arguments& arguments, const Schema& schema, Side otherwise,
                               bool merges = false);

/// Where the floats of a row go when chosen fields become others. What becomes of a column stays in
/// its field, which is a vector.
struct Layout {
  struct Copy {
    std::size_t from = 0;
    std::size_t to = 0;
    std::size_t count = 0;
  };
  std::vector<Field> fields;    ///< Of the side, behind the transform.
  std::size_t width = 0;        ///< Their floats per row.
  std::vector<Copy> kept;       ///< What is not chosen.
  std::vector<std::size_t> to;  ///< Where the outcome of each block begins.

  void copy_kept(std::size_t rows, std::size_t width_in, std::span<const float> in,
                 std::span<float> out) const;
};

/// Each block becomes one of this shape: `shapes` has one per block.
[[nodiscard]] Layout replace_each(const Selection& selection,
                                  std::span<const std::vector<std::size_t>> shapes);
/// All blocks become one, in the place of the first.
[[nodiscard]] Layout replace_all(const Selection& selection, std::vector<std::size_t> shape);

/// What transforms of chosen fields share.
class FieldTransform : public Transform {
 public:
  [[nodiscard]] Side side() const override { return selection_.side; }
  [[nodiscard]] const std::vector<Field>& fields() const override { return fields_; }
  [[nodiscard]] std::span<const std::size_t> inputs() const override { return selection_.inputs; }

 protected:
  /// Keeps the shapes.
  explicit FieldTransform(Selection selection);
  FieldTransform(Selection selection, const Layout& layout);
  /// Of the field's or column's outcome.
  std::string& name_behind(const Selection::Block& block);

  Selection selection_;
  std::vector<Field> fields_;
};

}  // namespace dk::storage
