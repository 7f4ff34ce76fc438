// SPDX-License-Identifier: MIT
#include "cadena/data/png.h"

#include <fmt/format.h>
#include <png.h>

#include <csetjmp>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"

namespace cadena {

namespace {

constexpr int64_t widest = 1 << 19;  // pixels of a row; libpng has two of up to 8 bytes each
constexpr const char* copy_hint = "copy or download the file again";

/// What libpng's functions are called with. libpng leaves at an error by longjmp, so nothing here
/// or in a function that it may leave has a destructor.
struct Input {
  std::string_view left;
  char message[100] = "";
};

void read_bytes(png_structp png, png_bytep to, size_t count) {
  auto& input = *static_cast<Input*>(png_get_io_ptr(png));
  if (count > input.left.size()) png_error(png, "it is cut short");
  std::memcpy(to, input.left.data(), count);
  input.left.remove_prefix(count);
}

void leave(png_structp png, png_const_charp message) {
  auto& input = *static_cast<Input*>(png_get_error_ptr(png));
  std::strncpy(input.message, message, sizeof(input.message) - 1);
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

class PngReader {
 public:
  explicit PngReader(std::string_view bytes)
      : input_{.left = bytes},
        png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, &input_, leave, ignore_warning)),
        info_(png_ ? png_create_info_struct(png_) : nullptr) {
    if (!info_) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw std::bad_alloc();
    }
    png_set_read_fn(png_, &input_, read_bytes);
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  /// Errors: without a place.
  ImageShape read_header() {
    const size_t bytes = input_.left.size();
    run([this] { begin(); });
    const int64_t height = png_get_image_height(png_, info_);
    const int64_t width = png_get_image_width(png_, info_);
    check_pixels(height, width);
    if (width > widest)
      throw Error(fmt::format("has {} pixels a row, at most {} are read", width, widest),
                  "make it narrower");
    // Deflate makes at most 1032 bytes of one: memory is not taken on the word of the header.
    if (png_get_rowbytes(png_, info_) * static_cast<size_t>(height) / 1032 > bytes)
      throw Error(fmt::format("the PNG is cut short: {} bytes are too few for its size", bytes),
                  copy_hint);
    run([this] { transform(); });
    shape_ = {.height = height, .width = width, .channels = png_get_channels(png_, info_)};
    if (interlaced() && shape_.size() > (16 << 20) + 2 * static_cast<int64_t>(bytes))
      throw Error(fmt::format("is interlaced and has {} x {} pixels", width, height),
                  "save it without interlacing, or make it smaller");
    return shape_;
  }

  bool interlaced() const { return png_get_interlace_type(png_, info_) != PNG_INTERLACE_NONE; }

  const uint8_t* next_row() {
    row_.resize(static_cast<size_t>(stride()));
    run([this] { read_row(row_.data(), ++rows_ == shape_.height); });
    return row_.data();
  }

  Image read_interlaced() {
    Image image{.shape = shape_, .bytes = std::vector<uint8_t>(static_cast<size_t>(shape_.size()))};
    run([&image, this] { read_passes(image.bytes.data()); });
    return image;
  }

 private:
  /// `step` and what it calls have no objects with destructors.
  template <class Step>
  void run(const Step& step) {
    if (setjmp(png_jmpbuf(png_)) != 0)  // NOLINT(cert-err52-cpp): it is how libpng reports
      throw Error(fmt::format("the PNG is damaged: {}", printable(input_.message)), copy_hint);
    step();
  }

  void begin() {
    png_set_user_limits(png_, png_uint_32{PNG_UINT_31_MAX}, png_uint_32{PNG_UINT_31_MAX});
    png_set_chunk_cache_max(png_, 1);  // texts and the like are passed over, not kept
    png_read_info(png_, info_);
  }

  /// To 8 bits a channel, 1 or 3 channels.
  void transform() {
    png_set_scale_16(png_);
    png_set_expand(png_);
    // White; with these functions its depth is 8 bits.
    const png_color_16 white{.index = 0, .red = 255, .green = 255, .blue = 255, .gray = 255};
    png_set_background(png_, &white, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    const auto width = png_get_image_width(png_, info_);
    if (png_get_rowbytes(png_, info_) != size_t{width} * png_get_channels(png_, info_))
      png_error(png_, "rows of another length");
  }

  int64_t stride() const { return shape_.width * shape_.channels; }

  void read_row(uint8_t* to, bool last) {
    png_read_row(png_, to, nullptr);
    if (last) png_read_end(png_, nullptr);
  }

  void read_passes(uint8_t* to) {
    for (int pass = png_set_interlace_handling(png_); pass > 0; --pass)
      for (int64_t y = 0; y < shape_.height; ++y)
        read_row(to + y * stride(), pass == 1 && y + 1 == shape_.height);
  }

  Input input_;
  png_structp png_;
  png_infop info_;
  ImageShape shape_;
  std::vector<uint8_t> row_;
  int64_t rows_ = 0;  // that were read
};

template <class Read>
auto with_place(const std::string& file, const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    throw Error(Place{file}, error.message(), error.hint());
  }
}

}  // namespace

bool is_png(std::string_view bytes) { return bytes.starts_with("\x89PNG"); }

Picture open_png(std::string_view bytes, const std::string& file) {
  const auto reader = std::make_shared<PngReader>(bytes);
  return with_place(file, [&]() -> Picture {
    const ImageShape shape = reader->read_header();
    if (reader->interlaced()) return rows_of(reader->read_interlaced());
    return {shape, [=] { return with_place(file, [&] { return reader->next_row(); }); }};
  });
}

}  // namespace cadena
