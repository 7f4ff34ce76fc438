// SPDX-License-Identifier: MIT
// oneDNN's recurrent layers (C++ API 2, Debian package libdnnl-dev) as a driver beside peer_cadena:
// the same options, numbers and JSON line. Ends with 2: a mistake, 3: it cannot do that.
// It has no ragged batches: sequences are padded to the longest, as its users do, and padding
// counts as no work. Training packs the weights in each step, which has changed them in a real
// program. In bfloat16 its gradients and the state c are float32.
#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <initializer_list>
#include <oneapi/dnnl/dnnl.hpp>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bench/workload.h"

using bench::Workload;
using dnnl::memory;
using Tag = memory::format_tag;
using Arguments = std::unordered_map<int, memory>;

namespace {

dnnl::engine& engine() {
  static dnnl::engine only(dnnl::engine::kind::cpu, 0);
  return only;
}
dnnl::stream& stream() {
  static dnnl::stream only(engine());
  return only;
}

using Type = memory::data_type;
memory::desc shape(const memory::dims& sizes, Tag tag, Type type = Type::f32) {
  return {sizes, type, tag};
}
Type type_of(const Workload& w) { return w.variant("bf16") ? Type::bf16 : Type::f32; }
float* data(const memory& m) { return static_cast<float*>(m.get_data_handle()); }
std::span<float> values(const memory& m) {
  return {data(m), m.get_desc().get_size() / sizeof(float)};
}
std::span<char> bytes(const memory& m) {
  return {static_cast<char*>(m.get_data_handle()), m.get_desc().get_size()};
}
void reorder(memory from, memory to) { dnnl::reorder(from, to).execute(stream(), from, to); }

// The matrices of a layer: arguments of the weights and of their gradients.
constexpr std::pair<int, int> matrices[] = {{DNNL_ARG_WEIGHTS_LAYER, DNNL_ARG_DIFF_WEIGHTS_LAYER},
                                            {DNNL_ARG_WEIGHTS_ITER, DNNL_ARG_DIFF_WEIGHTS_ITER}};

// Rows of all sequences, without padding, change places with those in a padded [T, B, ...].
void exchange(const Workload& w, const memory& padded, std::vector<float>& rows) {
  const int64_t width = std::ssize(rows) / w.rows(), sequences = std::ssize(w.lengths());
  auto row = rows.begin();
  for (int t = 0; t < w.lengths()[0]; ++t)
    for (int64_t b = 0; b < sequences && w.lengths()[static_cast<size_t>(b)] > t; ++b, row += width)
      std::swap_ranges(row, row + width, data(padded) + (t * sequences + b) * width);
}

// Between r z n and oneDNN's u r o of a gru, both ways; its biases have a fourth part, which stays.
void swap_gates(const Workload& w, std::span<float> values, int gates) {
  const size_t gate = values.size() / static_cast<size_t>(gates);
  if (w.cell("gru")) std::ranges::swap_ranges(values.first(gate), values.subspan(gate, gate));
}

class Layer {
 public:
  Layer(const Workload& w, int layer, const memory& src, const memory& diff_src)
      : w_(w), layer_(layer) {
    forward_ = {{DNNL_ARG_SRC_LAYER, src}};
    backward_ = {{DNNL_ARG_DIFF_SRC_LAYER, diff_src}};
    const int64_t sequences = std::ssize(w.lengths()), hidden = w.number("-H");
    const auto shapes = [&](Type type) {
      const memory::desc x = shape({w.lengths()[0], sequences, w.inputs(layer)}, Tag::tnc, type),
                         wx = weights_shape(DNNL_ARG_WEIGHTS_LAYER, Tag::any, type),
                         wh = weights_shape(DNNL_ARG_WEIGHTS_ITER, Tag::any, type),
                         b = shape({1, w.number("-D"), bias_gates(), hidden}, Tag::ldgo),
                         y = shape({w.lengths()[0], sequences, w.outputs()}, Tag::tnc, type),
                         h = shape({1, w.number("-D"), sequences, hidden}, Tag::ldnc, type),
                         c = shape({1, w.number("-D"), sequences, hidden}, Tag::ldnc);
      return std::pair(std::tuple(x, h, c, wx, wh, b, y, h, c), std::tuple(x, h, wx, wh, b, y, h));
    };
    const auto [of_lstm, of_others] = shapes(type_of(w));
    const auto [gradients_of_lstm, gradients_of_others] = shapes(Type::f32);
    const auto direction = w.number("-D") == 2 ? dnnl::rnn_direction::bidirectional_concat
                                               : dnnl::rnn_direction::unidirectional_left2right;
    if (w.cell("lstm"))
      plan<dnnl::lstm_forward, dnnl::lstm_backward>(std::tuple(direction), of_lstm,
                                                    gradients_of_lstm);
    else if (w.cell("gru"))
      plan<dnnl::lbr_gru_forward, dnnl::lbr_gru_backward>(std::tuple(direction), of_others,
                                                          gradients_of_others);
    else
      plan<dnnl::vanilla_rnn_forward, dnnl::vanilla_rnn_backward>(
          std::tuple(dnnl::algorithm::eltwise_tanh, direction), of_others, gradients_of_others);
    load();
    pack(forward_);
  }

  const memory& output() const { return forward_.at(DNNL_ARG_DST_LAYER); }
  const memory& output_gradient() const { return backward_.at(DNNL_ARG_DIFF_DST_LAYER); }

  // A stream goes on where its last step ended.
  void forward() {
    if (w_.mode("train")) pack(forward_);
    run_forward_.execute(stream(), forward_);
    if (!w_.mode("stream")) return;
    for (const auto& [to, from] : {std::pair(DNNL_ARG_SRC_ITER, DNNL_ARG_DST_ITER),
                                   std::pair(DNNL_ARG_SRC_ITER_C, DNNL_ARG_DST_ITER_C)})
      if (forward_.contains(to))
        std::ranges::copy(bytes(forward_.at(from)), bytes(forward_.at(to)).begin());
  }

  void backward() {
    pack(backward_);
    for (const int sum :
         {DNNL_ARG_DIFF_WEIGHTS_LAYER, DNNL_ARG_DIFF_WEIGHTS_ITER, DNNL_ARG_DIFF_BIAS})
      std::ranges::fill(values(backward_.at(sum)), 0.0f);  // oneDNN adds to them
    run_backward_.execute(stream(), backward_);
    for (const auto& [weights, gradient] : matrices)
      reorder(backward_.at(gradient), gradients_.at(weights));
  }

  void dump_gradients(const std::string& folder) const {
    const auto write = [&](const std::string& name, const memory& all, int gates) {
      const size_t part = values(all).size() / static_cast<size_t>(w_.number("-D"));
      for (int d = 0; d < w_.number("-D"); ++d) {
        const std::span<float> own = values(all).subspan(static_cast<size_t>(d) * part, part);
        swap_gates(w_, own, gates);
        const size_t shared = part / static_cast<size_t>(gates) * static_cast<size_t>(w_.gates());
        bench::dump(folder, name + "_" + std::to_string(layer_) + "_" + std::to_string(d),
                    own.first(shared));
      }
    };
    for (const auto& [name, argument] :
         {std::pair("dwx", DNNL_ARG_WEIGHTS_LAYER), std::pair("dwh", DNNL_ARG_WEIGHTS_ITER)}) {
      const memory rows(weights_shape(argument, Tag::ldgoi), engine());
      reorder(gradients_.at(argument), rows);
      write(name, rows, w_.gates());
    }
    write("db", backward_.at(DNNL_ARG_DIFF_BIAS), bias_gates());
  }

 private:
  // The reset of a gru comes between two biases of its candidate.
  int bias_gates() const { return w_.gates() + (w_.cell("gru") ? 1 : 0); }

  memory::desc weights_shape(int argument, Tag tag, Type type = Type::f32) const {
    const int inputs = argument == DNNL_ARG_WEIGHTS_LAYER ? w_.inputs(layer_) : w_.number("-H");
    return shape({1, w_.number("-D"), inputs, w_.gates(), w_.number("-H")}, tag, type);
  }

  template <class Forward, class Backward, class Front, class Shapes>
  void plan(const Front& front, const Shapes& shapes, const Shapes& of_gradients) {
    const bool trains = w_.mode("train");
    const auto prop =
        std::tuple(trains ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference);
    const typename Forward::primitive_desc forward(
        std::make_from_tuple<typename Forward::desc>(std::tuple_cat(prop, front, shapes)),
        engine());
    run_forward_ = Forward(forward);
    make(forward_, forward,
         {DNNL_ARG_WEIGHTS_LAYER, DNNL_ARG_WEIGHTS_ITER, DNNL_ARG_BIAS, DNNL_ARG_SRC_ITER,
          DNNL_ARG_SRC_ITER_C, DNNL_ARG_DST_LAYER, DNNL_ARG_DST_ITER, DNNL_ARG_DST_ITER_C,
          DNNL_ARG_WORKSPACE});
    if (!trains) return;
    const typename Backward::primitive_desc backward(
        std::make_from_tuple<typename Backward::desc>(
            std::tuple_cat(std::tuple(dnnl::prop_kind::backward), front, shapes, of_gradients)),
        engine(), forward);
    run_backward_ = Backward(backward);
    make(backward_, backward,
         {DNNL_ARG_WEIGHTS_LAYER, DNNL_ARG_WEIGHTS_ITER, DNNL_ARG_DIFF_WEIGHTS_LAYER,
          DNNL_ARG_DIFF_WEIGHTS_ITER, DNNL_ARG_DIFF_BIAS, DNNL_ARG_DIFF_SRC_ITER,
          DNNL_ARG_DIFF_SRC_ITER_C, DNNL_ARG_DIFF_DST_LAYER, DNNL_ARG_DIFF_DST_ITER,
          DNNL_ARG_DIFF_DST_ITER_C});
    backward_.insert(forward_.begin(), forward_.end());  // all but the weights, which are there
  }

  // Zeros for each argument that the primitive has.
  static void make(Arguments& to, const dnnl::primitive_desc_base& primitive,
                   std::initializer_list<int> arguments) {
    for (const int argument : arguments) {
      const memory::desc desc = primitive.query_md(dnnl::query::exec_arg_md, argument);
      if (desc.get_size() == 0) continue;
      const memory made(desc, engine());
      std::ranges::fill(bytes(made), char{0});
      to.emplace(argument, made);
    }
  }

  void load() {
    std::vector<float> wx, wh;
    const std::span<float> biases = values(forward_.at(DNNL_ARG_BIAS));
    const size_t own_biases = biases.size() / static_cast<size_t>(w_.number("-D"));
    for (int d = 0; d < w_.number("-D"); ++d) {
      bench::Weights w = w_.weights(layer_, d);
      for (std::vector<float>* gates : {&w.input, &w.recurrent, &w.bias})
        swap_gates(w_, *gates, w_.gates());
      wx.insert(wx.end(), w.input.begin(), w.input.end());
      wh.insert(wh.end(), w.recurrent.begin(), w.recurrent.end());
      if (w_.cell("gru"))
        w.bias.insert(w.bias.end(), w.recurrent_bias.end() - w_.number("-H"),
                      w.recurrent_bias.end());
      std::ranges::copy(w.bias, biases.begin() + d * static_cast<std::ptrdiff_t>(own_biases));
    }
    for (const auto& [argument, rows] :
         {std::pair(DNNL_ARG_WEIGHTS_LAYER, &wx), std::pair(DNNL_ARG_WEIGHTS_ITER, &wh)}) {
      const memory::desc own = weights_shape(argument, Tag::ldigo);
      weights_.emplace(argument, memory(own, engine()));
      gradients_.emplace(argument, memory(own, engine()));
      reorder(memory(weights_shape(argument, Tag::ldgoi), engine(), rows->data()),
              weights_.at(argument));
    }
  }

  void pack(const Arguments& to) const {
    for (const auto& [argument, weights] : weights_) reorder(weights, to.at(argument));
  }

  const Workload& w_;
  int layer_;
  dnnl::primitive run_forward_, run_backward_;
  Arguments forward_, backward_, weights_, gradients_;
};

class Network {
 public:
  explicit Network(const Workload& w) : w_(w) {
    const memory::desc x = shape({w.lengths()[0], std::ssize(w.lengths()), w.inputs(0)}, Tag::tnc);
    memory from(x, engine()), gradient(x, engine());
    input_gradient_ = gradient;
    std::ranges::fill(values(from), 0.0f);
    std::vector<float> rows = w.input();
    exchange(w, from, rows);
    if (const memory::desc narrow(x.dims(), type_of(w), Tag::tnc); w.variant("bf16")) {
      const memory single = std::exchange(from, memory(narrow, engine()));
      reorder(single, from);
    }
    for (int l = 0; l < w.number("-L"); ++l) {
      layers_.emplace_back(w, l, from, gradient);
      from = layers_.back().output();
      if (w.mode("train")) gradient = layers_.back().output_gradient();
    }
    rows = w.gradient();
    if (w.mode("train")) exchange(w, gradient, rows);
  }

  void step() {
    for (Layer& layer : layers_) layer.forward();
    if (w_.mode("train"))
      for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) layer->backward();
    stream().wait();
  }

  void dump(const std::string& folder) const {
    std::vector<float> y(static_cast<size_t>(w_.rows() * w_.outputs()));
    exchange(w_, layers_.back().output(), y);
    bench::dump(folder, "y", y);
    if (!w_.mode("train")) return;
    std::vector<float> dx(static_cast<size_t>(w_.rows() * w_.inputs(0)));
    exchange(w_, input_gradient_, dx);
    bench::dump(folder, "dx", dx);
    for (const Layer& layer : layers_) layer.dump_gradients(folder);
  }

 private:
  const Workload& w_;
  memory input_gradient_;
  std::vector<Layer> layers_;
};

}  // namespace

int main(int argc, char** argv) try {
  const Workload w(argc, argv);
  // Padding would come first in the other direction.
  if (!w.known() || (w.variant("ragged") && w.number("-D") == 2) || w.variant("int8") ||
      (w.variant("bf16") && !w.text("--dump").empty()))
    return 3;
  omp_set_num_threads(w.number("--threads"));
  Network network(w);
  if (const std::string& folder = w.text("--dump"); !folder.empty()) {
    network.step();
    network.dump(folder);
  } else {
    const dnnl::version_t* v = dnnl::version();
    bench::report(
        w, "onednn",
        std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch),
        [&] { network.step(); });
  }
} catch (const std::exception& failure) {
  std::fprintf(stderr, "peer_onednn: %s\n", failure.what());
  return 2;
}
