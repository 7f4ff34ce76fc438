// SPDX-License-Identifier: MIT
#include "cadena/data/tokenizer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "cadena/base/rng.h"
#include "cadena/base/utf8.h"

namespace cadena {
namespace {

/// Tokens with bars between them.
std::string bars(std::string_view line) {
  std::string text;
  for (const Token& token : tokenize(line)) {
    if (!text.empty()) text += "|";
    text += token.text;
  }
  return text;
}

TEST(Tokenizer, Cases) {
  const struct {
    const char *line, *expected;
  } cases[] = {
      {"", ""},
      {" \t\u00a0\u200b ", ""},
      {"El Papa habló.", "El|Papa|habló|."},
      {"la cumbre franco-alemana de l'Hospitalet", "la|cumbre|franco-alemana|de|l'Hospitalet"},
      {"O’Neill, d'Orsay y 15-M", "O’Neill|,|d'Orsay|y|15-M"},
      {"cobró 3.500,25 euros a las 10:30, 24/7.", "cobró|3.500,25|euros|a|las|10:30|,|24/7|."},
      {"un 3,5% (1.000€ o $20)", "un|3,5|%|(|1.000|€|o|$|20|)"},
      {"el 1º, la 2ª y el 3.º", "el|1º|,|la|2ª|y|el|3.º"},
      {"Viajó a EE.UU. y a S.A. ayer", "Viajó|a|EE.UU.|y|a|S.A.|ayer"},
      {"a las 8 p.m. de hoy", "a|las|8|p.m.|de|hoy"},
      {"J. R. R. Tolkien", "J.|R.|R.|Tolkien"},
      {"vitamina C.", "vitamina|C|."},
      {"El Sr. Pérez, la Dra. Gil y D. José", "El|Sr.|Pérez|,|la|Dra.|Gil|y|D.|José"},
      {"Dª. Ana, Dña. Eva, etc.", "Dª.|Ana|,|Dña.|Eva|,|etc."},
      {"Pues... no… ¿y tú?", "Pues|...|no|…|¿|y|tú|?"},
      {"J... Sr...", "J|...|Sr|..."},
      {"«Hola», dijo \"él\" y 'ella' ¡ay!", "«|Hola|»|,|dijo|\"|él|\"|y|'|ella|'|¡|ay|!"},
      {"Llegó--dijo--tarde - o no —creo—", "Llegó|--|dijo|--|tarde|-|o|no|—|creo|—"},
      {"ver https://efe.es/a?b=1#c. Ya", "ver|https://efe.es/a?b=1#c|.|Ya"},
      {"(www.elpais.com) y elpais.com, sub.elpais.com/x.",
       "(|www.elpais.com|)|y|elpais.com|,|"
       "sub.elpais.com/x|."},
      {"http://x.org/a_(b) http://", "http://x.org/a_(b)|http|:|/|/"},
      {"a ana.gil+x@uned.es, o @ana_gil #15M2011", "a|ana.gil+x@uned.es|,|o|@ana_gil|#15M2011"},
      {"3@4 a@b @ #", "3|@4|a|@b|@|#"},
      {"Fin.El otro. Sí.No", "Fin|.|El|otro|.|Sí|.|No"},
      {"👍🏽bien👨‍👩‍👧🇪🇸🇫🇷",
       "👍🏽|bien|👨‍👩‍👧|🇪🇸|🇫🇷"},
      {"cafe\u0301 y col·lecció AT&T", "cafe\u0301|y|col·lecció|AT&T"},
      {"y/o uno;dos", "y|/|o|uno|;|dos"},
      {"a\xff"
       "b",
       "a|\xff|b"},
  };
  for (const auto& c : cases) EXPECT_EQ(bars(c.line), c.expected);
}

TEST(Tokenizer, PlacesAreCodePoints) {
  const std::string line = " ¿Qué año?";
  const std::vector<Token> tokens = tokenize(line);
  ASSERT_EQ(tokens.size(), 4u);
  EXPECT_EQ(tokens[1].text, "Qué");
  EXPECT_EQ(tokens[1].begin, 2u);
  EXPECT_EQ(tokens[1].end, 5u);
  EXPECT_EQ(tokens[2].begin, 6u);
  EXPECT_EQ(tokens[2].text.data(), line.data() + 8);
}

TEST(Tokenizer, AnyBytesGiveEveryVisibleCharacterOnce) {
  const std::string_view parts[] = {
      "a", "É", ".",    ",",      " ", "@",      "#",    "-",       "'",    "9",  "º",  "/", "\n",
      "(", ")", "\xc3", "\u0301", "😀", "\u200d", "www.", "http://", ".com", "Sr", "\"", "&"};
  Rng rng(11);
  for (int trial = 0; trial < 3000; ++trial) {
    std::string line;
    for (uint32_t i = rng.below(14); i > 0; --i) line += parts[rng.below(std::size(parts))];
    size_t end = 0;
    std::string joined, expected;
    for (const Token& token : tokenize(line)) {
      EXPECT_LE(end, token.begin);
      EXPECT_EQ(code_points(token.text).size(), token.end - token.begin);
      end = token.end;
      joined += token.text;
    }
    for (char c : line)
      if (c != ' ' && c != '\n') expected += c;
    EXPECT_EQ(joined, expected) << printable(line);
  }
}

TEST(Tokenizer, LinearTime) {
  for (std::string_view part :
       {"a..", "a@", "www.,", "a.b-", "()", "http://", "a-", "1.", "\u0301", "a.com", "😀\u200d"}) {
    std::string line;
    while (line.size() < 200'000) line += part;
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(tokenize(line).empty());
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5)) << part;
  }
}

std::string sentences(std::string_view line) {
  const std::vector<Token> tokens = tokenize(line);
  std::string text;
  for (const auto& [begin, end] : split_sentences(tokens)) {
    for (size_t i = begin; i < end; ++i) text += std::string(tokens[i].text) + " ";
    text += "/ ";
  }
  return text;
}

TEST(Tokenizer, Sentences) {
  EXPECT_EQ(sentences(""), "");
  EXPECT_EQ(sentences("Hola. Adiós"), "Hola . / Adiós / ");
  EXPECT_EQ(sentences("¿Sí? ¡No! 3 más... y ya… Fin."),
            "¿ Sí ? / ¡ No ! / 3 más ... y ya … / Fin . / ");
  EXPECT_EQ(sentences("«Vete.» Dijo eso (sí.) Y \"no.\" Luego."),
            "« Vete . » / Dijo eso ( sí . ) / Y \" no . \" / Luego . / ");
  EXPECT_EQ(sentences("Llegó. \"Hola\", dijo."), "Llegó . / \" Hola \" , dijo . / ");
  EXPECT_EQ(sentences("El Sr. Gil vive en EE.UU. desde 3.500 a. C."),
            "El Sr. Gil vive en EE.UU. desde 3.500 a . / C . / ");
}

}  // namespace
}  // namespace cadena
