// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/json_schema.hpp"

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace dk::test {

std::string schema_faults(const nlohmann::json& root, const std::string& at,
                          const nlohmann::json& value) {
  auto document = root;
  // A schema that is a reference into its own document.
  if (!at.empty()) document["$ref"] = "#" + at;
  valijson::Schema schema;
  valijson::SchemaParser parser;
  try {
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(document), schema);
  } catch (const std::exception& error) {
    return std::string("the schema itself: ") + error.what();
  }
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(value), &results))
    return {};
  std::string faults;
  for (const auto& fault : results) {
    for (const auto& step : fault.context) faults += step;
    faults += ": " + fault.description + "\n";
  }
  return faults.empty() ? "does not fit" : faults;
}

}  // namespace dk::test
