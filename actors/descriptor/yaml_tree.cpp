// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/yaml_tree.hpp"

#include "actors/descriptor/scalars.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <utility>

namespace dk::descriptor {
namespace {

/// Builds the tree from the parser's events, which come before aliases are followed; so nothing is
/// ever expanded. Throws YAML::ParserException, as the parser itself does, to stop at a fault.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::shared_ptr<const std::string> source, bool counts_lines, Faults& faults)
      : source_(std::move(source)), counts_lines_(counts_lines), faults_(faults) {}

  [[nodiscard]] Place place(const YAML::Mark& mark) const {
    if (!counts_lines_ || mark.is_null()) return {source_, 0, 0};
    return {source_, mark.line + 1, mark.column + 1};
  }
  [[nodiscard]] std::optional<Node> take() && { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_) stop(mark, "a second document; a descriptor is one");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    add(mark, Node::Kind::kNull, "", false);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    stop(mark, "aliases (*name) are not allowed in a descriptor");
  }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    stop(mark, "anchors (&name) are not allowed in a descriptor");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    refuse_tag(mark, tag);
    const bool is_null = tag != "!" && (value == "~" || value == "null" || value.empty());
    add(mark, is_null ? Node::Kind::kNull : Node::Kind::kScalar, value, tag == "!");
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    open(mark, Node::Kind::kList);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    open(mark, Node::Kind::kMap);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A list or mapping whose end has not come yet.
  struct Open {
    Node node;
    bool awaits_value = false;
    std::string key;
    Place key_place;
    std::unordered_map<std::string, int> line_of_key;
  };

  [[noreturn]] static void stop(const YAML::Mark& mark, const std::string& message) {
    throw YAML::ParserException(mark, message);
  }

  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      stop(mark, "tags are not allowed in a descriptor: " + in_single_quotes(tag));
    }
  }

  [[nodiscard]] bool awaits_key() const {
    return !open_.empty() && open_.back().node.kind == Node::Kind::kMap &&
           !open_.back().awaits_value;
  }

  void count(const YAML::Mark& mark) {
    if (++values_ > kMaxValues) stop(mark, fmt::format("more than {} values", kMaxValues));
  }

  void add(const YAML::Mark& mark, Node::Kind kind, const std::string& text, bool in_quotes) {
    count(mark);
    if (awaits_key()) {
      if (kind == Node::Kind::kNull) stop(mark, "a key is empty; allowed: a word");
      open_.back().key = text;
      open_.back().key_place = place(mark);
      open_.back().awaits_value = true;
      return;
    }
    Node node;
    node.kind = kind;
    node.place = place(mark);
    node.text = text;
    node.in_quotes = in_quotes;
    put(std::move(node));
  }

  void open(const YAML::Mark& mark, Node::Kind kind) {
    count(mark);
    if (awaits_key()) stop(mark, "a key is a list or mapping; allowed: a word");
    if (open_.size() == kMaxDepth) {
      stop(mark, fmt::format("nested deeper than {} levels", kMaxDepth));
    }
    open_.emplace_back();
    open_.back().node.kind = kind;
    open_.back().node.place = place(mark);
  }

  void close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(node));
  }

  void put(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == Node::Kind::kMap) {
      parent.awaits_value = false;
      const auto [first, is_new] =
          parent.line_of_key.try_emplace(parent.key, parent.key_place.line);
      if (!is_new) {
        faults_.add(parent.key_place, fmt::format("key {} stands twice; the first is on line {}",
                                                  in_single_quotes(parent.key), first->second));
        return;
      }
      // The parser gives a value that is not there the place of what comes next.
      if (node.kind == Node::Kind::kNull) node.place = parent.key_place;
      node.key = std::move(parent.key);
      node.key_place = parent.key_place;
    }
    parent.node.items.push_back(std::move(node));
  }

  std::shared_ptr<const std::string> source_;
  bool counts_lines_;
  Faults& faults_;
  std::vector<Open> open_;
  std::optional<Node> root_;
  std::size_t values_ = 0;
};

/// The bytes of the UTF-8 character at the front of `text`, 0 when there is none (RFC 3629).
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  const unsigned second = at(1);
  const bool bad_second = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                          (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return bad_second ? 0 : length;
}

}  // namespace

bool check_characters(std::string_view text, Place place, Faults& faults) {
  const bool counts_lines = place.line > 0;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto byte = static_cast<unsigned char>(text[0]);
    const bool is_control =
        (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F;
    if (length == 0 || is_control) {
      faults.add(place, fmt::format("byte 0x{:02x}; allowed: UTF-8 text without control characters",
                                    byte));
      return false;
    }
    if (counts_lines) {
      place.column = byte == '\n' ? 1 : place.column + 1;
      if (byte == '\n') ++place.line;
    }
    text.remove_prefix(length);
  }
  return true;
}

const Node* Node::find(std::string_view wanted) const {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const Node& item) { return item.key == wanted; });
  return kind == Kind::kMap && found != items.end() ? &*found : nullptr;
}

Node* Node::find(std::string_view wanted) {
  return const_cast<Node*>(std::as_const(*this).find(wanted));
}

std::string Node::shown() const {
  switch (kind) {
    case Kind::kNull:
      return "empty";
    case Kind::kScalar:
      return in_single_quotes(text) + (in_quotes ? " in quotes" : "");
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a mapping";
  }
  return {};
}

namespace {

/// Lines count from 0. YAML wants spaces there, and its parser says something else.
bool indents_with_tab(std::string_view text, int line) {
  for (; line > 0; --line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

}  // namespace

std::optional<Node> parse_yaml(std::string_view text, std::string source, bool counts_lines,
                               Faults& faults) {
  const auto shared_source = std::make_shared<const std::string>(std::move(source));
  if (text.size() > kMaxDescriptorBytes) {
    faults.add({shared_source, 0, 0},
               fmt::format("{} bytes; allowed: up to {}", text.size(), kMaxDescriptorBytes));
    return std::nullopt;
  }
  const int first = counts_lines ? 1 : 0;
  if (!check_characters(text, {shared_source, first, first}, faults)) return std::nullopt;
  TreeBuilder builder(shared_source, counts_lines, faults);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    faults.add(builder.place(e.mark), indents_with_tab(text, e.mark.line)
                                          ? "a tab in the indentation; allowed: spaces"
                                          : e.msg);
    return std::nullopt;
  } catch (const std::exception& e) {
    faults.add({shared_source, 0, 0}, fmt::format("not readable as YAML: {}", e.what()));
    return std::nullopt;
  }
  auto root = std::move(builder).take();
  if (!root) root.emplace().place = {shared_source, first, first};
  return root;
}

nlohmann::json to_json(const Node& node, const std::string& path, Faults& faults) {
  auto result = nlohmann::json();
  if (node.kind == Node::Kind::kScalar) {
    if (auto value = scalar_to_json(node)) return *std::move(value);
    faults.add(node.place, fmt::format("{} is {}; allowed: a finite number", path, node.shown()));
  } else if (node.kind == Node::Kind::kList) {
    result = nlohmann::json::array();
    for (const auto& item : node.items) {
      result.push_back(to_json(item, fmt::format("{}[{}]", path, result.size()), faults));
    }
  } else if (node.kind == Node::Kind::kMap) {
    result = nlohmann::json::object();
    for (const auto& item : node.items) {
      result[item.key] = to_json(item, path + "." + item.key, faults);
    }
  }
  return result;
}

}  // namespace dk::descriptor
