// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/templates.hpp"

#include <array>

namespace dk::submit {
namespace {

constexpr std::string_view kMlp = R"(# A network of dense layers for rows of numbers in ten classes.
#
#   dk-submit data inspect x.npy       what is in a file
#   dk-submit validate THIS-FILE       whether all of this fits together
#   dk-submit run --local THIS-FILE    here, without any set-up
#   dk-submit submit THIS-FILE         on a cluster

name: mlp

model:
  - Dense: {units: 256, activation: relu, input_shape: [784]}   # numbers per row
  - Dropout: {rate: 0.2}
  - Dense: {units: 10, activation: softmax}                     # classes

data:
  train:
    format: npy
    features: x.npy          # rows x 784
    labels: y.npy            # class numbers from 0
  validation: {fraction: 0.1, stratified: true}
  transform:
    - min_max: {from: [0, 255]}

training:
  algorithm: {name: adag, window: 5}
  optimizer: {name: adam, learning_rate: 0.001}
  loss: sparse_categorical_crossentropy
  metrics: [accuracy]
  batch_size: 32
  epochs: 10
  workers: {min: 1, max: 4}
  parameter_servers: 1

checkpoint: {every: 10s}
)";

constexpr std::string_view kCnn =
    R"(# A convolutional network for grey pictures of 28 x 28 points in ten classes.
#
#   dk-submit data inspect images.npy  what is in a file
#   dk-submit validate THIS-FILE       whether all of this fits together
#   dk-submit run --local THIS-FILE    here, without any set-up
#   dk-submit submit THIS-FILE         on a cluster

name: cnn

model:
  - Conv2D: {filters: 32, kernel_size: 3, activation: relu, input_shape: [28, 28, 1]}
  - MaxPooling2D: {pool_size: 2}
  - Conv2D: {filters: 64, kernel_size: 3, activation: relu}
  - MaxPooling2D: {pool_size: 2}
  - Flatten
  - Dense: {units: 128, activation: relu}
  - Dropout: {rate: 0.5}
  - Dense: {units: 10, activation: softmax}

data:
  train:
    format: npy
    features: images.npy     # pictures x 28 x 28, bytes
    labels: labels.npy       # class numbers from 0
  validation: {fraction: 0.1, stratified: true}
  transform:
    - min_max: {from: [0, 255]}
    - reshape: [28, 28, 1]

training:
  algorithm: {name: adag, window: 5}
  optimizer: {name: adam, learning_rate: 0.001}
  loss: sparse_categorical_crossentropy
  metrics: [accuracy]
  batch_size: 32
  epochs: 5
  workers: {min: 1, max: 4}
  parameter_servers: 1

checkpoint: {every: 30s}
)";

constexpr std::string_view kText =
    R"(# Texts, as rows of word numbers of the same length, in two classes.
#
#   dk-submit data inspect words.npy   what is in a file
#   dk-submit validate THIS-FILE       whether all of this fits together
#   dk-submit run --local THIS-FILE    here, without any set-up
#   dk-submit submit THIS-FILE         on a cluster

name: text

model:
  - Embedding: {input_dim: 20000, output_dim: 64, input_shape: [200]}   # words known; per text
  - GlobalAveragePooling1D
  - Dense: {units: 64, activation: relu}
  - Dropout: {rate: 0.3}
  - Dense: {units: 1, activation: sigmoid}

data:
  train:
    format: npy
    features: words.npy      # texts x 200, word numbers below 20000
    labels: labels.npy       # 0 or 1
  validation: {fraction: 0.1, stratified: true}

training:
  algorithm: {name: adag, window: 5}
  optimizer: {name: adam, learning_rate: 0.001}
  loss: binary_crossentropy
  metrics: [binary_accuracy]
  batch_size: 32
  epochs: 5
  workers: {min: 1, max: 4}
  parameter_servers: 1

checkpoint: {every: 30s}
)";

constexpr std::string_view kTabular = R"(# A table with a header, whose last column says yes or no.
#
#   dk-submit data inspect table.csv   columns, ranges, missing values
#   dk-submit validate THIS-FILE       whether all of this fits together
#   dk-submit run --local THIS-FILE    here, without any set-up
#   dk-submit submit THIS-FILE         on a cluster

name: tabular

model:
  - Dense: {units: 32, activation: relu, input_shape: [4]}      # feature columns
  - Dense: {units: 16, activation: relu}
  - Dense: {units: 1, activation: sigmoid}

data:
  train:
    format: csv
    files: table.csv                 # or several, or a glob; .gz and .zst as they are
    features: [age, income, visits, score]
    labels: bought
  validation: {fraction: 0.1, stratified: true}
  transform:
    - impute: mean                   # what is missing becomes its column's mean
    - standard: {columns: features}

training:
  algorithm: {name: adag, window: 5}
  optimizer: {name: adam, learning_rate: 0.001}
  loss: binary_crossentropy
  metrics: [binary_accuracy]
  batch_size: 32
  epochs: 20
  workers: {min: 1, max: 4}
  parameter_servers: 1

checkpoint: {every: 10s}
)";

constexpr std::array<Template, 4> kTemplates{{
    {"mlp", "dense layers for rows of numbers", kMlp},
    {"cnn", "convolutions for pictures", kCnn},
    {"text", "an embedding for texts as word numbers", kText},
    {"tabular", "dense layers for a CSV table", kTabular},
}};

}  // namespace

std::span<const Template> templates() {
  return kTemplates;
}

}  // namespace dk::submit
