// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/onednn/convolution.hpp"

#include "base/check.hpp"
#include "model/onednn/engine.hpp"
#include "model/onednn/picked_cells.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace dk::model::onednn {
namespace {

using dnnl::memory;
using Dims = memory::dims;
using Product = Convolution::Product;
using Tag = memory::format_tag;

constexpr auto kFloat = memory::data_type::f32;
constexpr std::size_t kInt = std::numeric_limits<std::int32_t>::max();
/// Batch sizes for which a product's code is kept.
constexpr std::size_t kSizesKept = 8;

Dims dims(std::initializer_list<std::size_t> first, const Shape& rest = {}) {
  Dims dims;
  for (const std::size_t size : first) dims.push_back(static_cast<memory::dim>(size));
  for (const std::size_t size : rest) dims.push_back(static_cast<memory::dim>(size));
  return dims;
}

/// Everything about a convolution of n samples, as oneDNN wants it said.
struct Description {
  memory::desc x, y, bias, kernel, any_kernel;
  Dims strides, dilations, pads, pads_behind;

  Description(const ConvolutionShape& shape, std::size_t n) {
    constexpr std::array kLast{Tag::nwc, Tag::nhwc, Tag::ndhwc};
    constexpr std::array kFirst{Tag::ncw, Tag::nchw, Tag::ncdhw};
    constexpr std::array kKernel{Tag::wio, Tag::hwio, Tag::dhwio};
    constexpr std::array kGrouped{Tag::wigo, Tag::hwigo, Tag::dhwigo};
    const std::size_t rank = shape.input.size() - 1;
    const Tag tag = (shape.channels_first ? kFirst : kLast)[rank];
    x = {dims({n, shape.in_channels}, shape.input), kFloat, tag};
    y = {dims({n, shape.out_channels}, shape.output), kFloat, tag};
    bias = {dims({shape.out_channels}), kFloat, Tag::x};
    const std::size_t g = shape.groups;
    const Dims sizes = g == 1
                           ? dims({shape.out_channels, shape.in_channels}, shape.kernel)
                           : dims({g, shape.out_channels / g, shape.in_channels / g}, shape.kernel);
    kernel = {sizes, kFloat, (g == 1 ? kKernel : kGrouped)[rank]};
    any_kernel = {sizes, kFloat, Tag::any};
    strides = dims({}, shape.strides);
    pads = dims({}, shape.pads);
    for (std::size_t i = 0; i <= rank; ++i) {
      dilations.push_back(static_cast<memory::dim>(shape.dilations[i]) - 1);
      const std::size_t span = (shape.kernel[i] - 1) * shape.dilations[i] + 1;
      const std::size_t seen = (shape.output[i] - 1) * shape.strides[i] + span;
      const std::size_t there = shape.input[i] + shape.pads[i];
      pads_behind.push_back(seen > there ? static_cast<memory::dim>(seen - there) : 0);
    }
  }
};

dnnl::primitive_attr own_scratchpad() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

dnnl::convolution_forward::primitive_desc forward_of(const Description& of, bool bias) {
  constexpr auto kKind = dnnl::prop_kind::forward_training;
  constexpr auto kHow = dnnl::algorithm::convolution_direct;
  using Desc = dnnl::convolution_forward::desc;
  const Desc desc = bias ? Desc(kKind, kHow, of.x, of.any_kernel, of.bias, of.y, of.strides,
                                of.dilations, of.pads, of.pads_behind)
                         : Desc(kKind, kHow, of.x, of.any_kernel, of.y, of.strides, of.dilations,
                                of.pads, of.pads_behind);
  return {desc, own_scratchpad(), engine()};
}

dnnl::convolution_backward_data::primitive_desc input_gradient_of(const Description& of) {
  return {{dnnl::algorithm::convolution_direct, of.x, of.any_kernel, of.y, of.strides, of.dilations,
           of.pads, of.pads_behind},
          own_scratchpad(),
          engine(),
          forward_of(of, false)};
}

dnnl::convolution_backward_weights::primitive_desc kernel_gradient_of(const Description& of) {
  return {{dnnl::algorithm::convolution_direct, of.x, of.any_kernel, of.y, of.strides, of.dilations,
           of.pads, of.pads_behind},
          own_scratchpad(),
          engine(),
          forward_of(of, false)};
}

std::size_t floats(const memory::desc& desc) {
  constexpr std::size_t kLine = 16;  // 64 bytes, so that what lies behind is aligned too
  return (desc.get_size() / sizeof(float) + kLine) / kLine * kLine;
}

/// oneDNN's code for one product and batch size. The kernel comes and goes in Keras' order; where
/// oneDNN's own is another, `reorder` translates it.
struct Code {
  Product product;
  std::size_t n;
  dnnl::primitive primitive{};
  dnnl::primitive reorder{};
  memory x{}, y{}, bias{}, kernel{}, own_kernel{}, scratchpad{};

  std::size_t own_kernel_floats() const { return reorder ? floats(own_kernel.get_desc()) : 0; }
  std::size_t workspace_floats() const {
    return own_kernel_floats() + floats(scratchpad.get_desc());
  }
};

void set_data(const memory& memory, const float* data) {
  const auto status = dnnl_memory_set_data_handle(memory.get(), const_cast<float*>(data));
  DK_CHECK(status == dnnl_success, "oneDNN takes an address");
}

void execute(const dnnl::primitive& primitive, const dnnl::stream& stream,
             std::span<const dnnl_exec_arg_t> args) {
  const auto status = dnnl_primitive_execute(primitive.get(), stream.get(),
                                             static_cast<int>(args.size()), args.data());
  DK_CHECK(status == dnnl_success, "oneDNN runs what it has made");
}

}  // namespace

struct Convolution::State {
  ConvolutionShape shape;
  std::vector<Code> codes{};  // those of max_batch first
  std::size_t first_replaceable = 0;
  std::size_t next_replaced = 0;
  FloatBuffer workspace{};
  std::optional<PickedCells> picked{};
  dnnl::stream stream{engine()};

  Result<Code> make(Product product, std::size_t n) const;
  Result<void> add(Product product, std::size_t n);
  Code& code(Product product, std::size_t n);
  void run(Product product, const float* x, const float* kernel, const float* bias, const float* y,
           std::size_t n);
};

Result<Code> Convolution::State::make(Product product, std::size_t n) const {
  return guarded([&] {
    const Description of(shape, n);
    Code code{product, n};
    const auto without_memory = [](const memory::desc& desc) {
      return memory(desc, engine(), DNNL_MEMORY_NONE);
    };
    const auto set = [&](const auto& desc, const memory::desc& own_kernel, auto primitive) {
      code.primitive = primitive;
      code.scratchpad = without_memory(desc.scratchpad_desc());
      code.own_kernel = without_memory(own_kernel);
      if (own_kernel == of.kernel) return;
      const bool back = product == Product::kKernelGradient;
      code.reorder = dnnl::reorder(
          {engine(), back ? own_kernel : of.kernel, engine(), back ? of.kernel : own_kernel});
    };
    if (product == Product::kOutput) {
      const auto desc = forward_of(of, shape.bias);
      set(desc, desc.weights_desc(), dnnl::convolution_forward(desc));
    } else if (product == Product::kInputGradient) {
      const auto desc = input_gradient_of(of);
      set(desc, desc.weights_desc(), dnnl::convolution_backward_data(desc));
    } else {
      const auto desc = kernel_gradient_of(of);
      set(desc, desc.diff_weights_desc(), dnnl::convolution_backward_weights(desc));
    }
    code.x = without_memory(of.x);
    code.y = without_memory(of.y);
    code.kernel = without_memory(of.kernel);
    code.bias = without_memory(of.bias);
    return code;
  });
}

Result<void> Convolution::State::add(Product product, std::size_t n) {
  DK_TRY_ASSIGN(auto code, make(product, n));
  const std::size_t wanted = code.workspace_floats();
  if (wanted > workspace.span().size()) {
    DK_TRY_ASSIGN(workspace, FloatBuffer::make(wanted));
  }
  if (codes.size() < first_replaceable + 3 * kSizesKept) {
    codes.push_back(std::move(code));
  } else {
    codes[first_replaceable + next_replaced++ % (3 * kSizesKept)] = std::move(code);
  }
  return {};
}

Code& Convolution::State::code(Product product, std::size_t n) {
  const auto find = [&] {
    return std::find_if(codes.begin(), codes.end(),
                        [&](const Code& code) { return code.product == product && code.n == n; });
  };
  auto found = find();
  if (found == codes.end()) {
    DK_CHECK(add(product, n).has_value(), "what oneDNN does for a full batch it does for a part");
    found = find();
  }
  return *found;
}

void Convolution::State::run(Product product, const float* x, const float* kernel,
                             const float* bias, const float* y, std::size_t n) {
  if (n == 0) return;
  const Code& made = code(product, n);
  const bool gradient = product == Product::kKernelGradient;
  const memory& own_kernel = made.reorder ? made.own_kernel : made.kernel;
  set_data(made.x, x);
  set_data(made.y, y);
  set_data(made.kernel, kernel);
  set_data(made.bias, bias);
  if (made.reorder) set_data(made.own_kernel, workspace.data());
  set_data(made.scratchpad, workspace.data() + made.own_kernel_floats());
  const dnnl_exec_arg_t reordered[] = {{gradient ? DNNL_ARG_TO : DNNL_ARG_FROM, made.kernel.get()},
                                       {gradient ? DNNL_ARG_FROM : DNNL_ARG_TO, own_kernel.get()}};
  if (made.reorder && !gradient) execute(made.reorder, stream, reordered);
  const bool back = product == Product::kInputGradient;
  const dnnl_exec_arg_t args[] = {
      {back ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, made.x.get()},
      {product == Product::kOutput ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, made.y.get()},
      {gradient ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, own_kernel.get()},
      {DNNL_ARG_SCRATCHPAD, made.scratchpad.get()},
      {DNNL_ARG_BIAS, made.bias.get()}};
  execute(made.primitive, stream, std::span(args).first(bias == nullptr ? 4 : 5));
  if (made.reorder && gradient) execute(made.reorder, stream, reordered);
}

Convolution::Convolution() = default;
Convolution::Convolution(Convolution&&) noexcept = default;
Convolution& Convolution::operator=(Convolution&&) noexcept = default;
Convolution::~Convolution() = default;

Result<Convolution> Convolution::make(const ConvolutionShape& shape, std::size_t max_batch,
                                      Products products) {
  for (const auto& [space, channels] :
       {std::pair(&shape.input, shape.in_channels), std::pair(&shape.output, shape.out_channels)}) {
    Shape whole = *space;
    whole.push_back(channels);
    DK_TRY_ASSIGN(const std::size_t size, element_count(whole));
    if (size > kInt / max_batch) {
      return fail(Errc::kInvalid, "a batch of {} samples of {} has more than {} elements",
                  max_batch, to_string(whole), kInt);
    }
  }
  Convolution convolution;
  convolution.state_ = std::make_unique<State>(State{shape});
  State& state = *convolution.state_;
  if (PickedCells::needed(shape)) {
    DK_TRY_ASSIGN(state.picked, PickedCells::make(shape, max_batch));
    state.shape.input = shape.output;
    state.shape.strides.assign(shape.strides.size(), 1);
  }
  if (products.output) DK_TRY(state.add(Product::kOutput, max_batch));
  if (products.input_gradient) DK_TRY(state.add(Product::kInputGradient, max_batch));
  if (products.kernel_gradient) DK_TRY(state.add(Product::kKernelGradient, max_batch));
  state.first_replaceable = state.codes.size();
  return convolution;
}

void Convolution::output(const float* x, const float* kernel, const float* bias, float* y,
                         std::size_t n) {
  if (state_->picked) x = state_->picked->pick(x, n);
  state_->run(Product::kOutput, x, kernel, bias, y, n);
}

void Convolution::input_gradient(const float* y_gradient, const float* kernel, float* x_gradient,
                                 std::size_t n) {
  float* all = state_->picked ? state_->picked->picked() : x_gradient;
  state_->run(Product::kInputGradient, all, kernel, nullptr, y_gradient, n);
  if (state_->picked) state_->picked->spread(x_gradient, n);
}

void Convolution::kernel_gradient(const float* x, const float* y_gradient, float* kernel_gradient,
                                  std::size_t n) {
  if (state_->picked) x = state_->picked->pick(x, n);
  state_->run(Product::kKernelGradient, x, kernel_gradient, nullptr, y_gradient, n);
}

std::size_t Convolution::workspace_floats() const {
  if (state_ == nullptr) return 0;
  return state_->workspace.span().size() + (state_->picked ? state_->picked->floats() : 0);
}

}  // namespace dk::model::onednn
