# SPDX-License-Identifier: MIT
# Queries of ATIS, "BOS word ... EOS <tab> O tag ... intent", to CoNLL: a word and its tag a line.
BEGIN { FS = "\t" }
{
  n = split($1, word, " ")
  split($2, tag, " ")
  for (i = 2; i < n; i++) print word[i], tag[i]
  print ""
}
