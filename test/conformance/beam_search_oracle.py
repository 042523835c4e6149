"""Runs the originals (kenlm, pyctcdecode, flashlight-text) for our tests and benches.

    beam_search_oracle.py corpus FOLDER              a made-up language model as ARPA files
    beam_search_oracle.py scores FOLDER              what kenlm says of sentences
    beam_search_oracle.py decode < request.json      what the decoders make of matrices
    beam_search_oracle.py words MODEL < sentences    log10 of each word, a line of JSON a sentence

`decode` reads {model, tokens, blank, lexicon, cases: [...]} and prints a result and the seconds
of each case. A matrix is named by a seed (see `matrix`) or is a file of float32.
"""

import json
import math
import random
import sys
import time

MASK = 0xFFFFFFFF


def mulberry(seed):
    """The generator of test/support/ctc-matrix.ts, bit for bit."""
    state = seed & MASK

    def imul(a, b):
        return (a * b) & MASK

    def draw():
        nonlocal state
        state = (state + 0x6D2B79F5) & MASK
        t = imul(state ^ (state >> 15), 1 | state)
        t = ((t + imul(t ^ (t >> 7), 61 | t)) & MASK) ^ t
        return ((t ^ (t >> 14)) & MASK) / 4294967296

    return draw


def matrix(case, blank):
    """Noise, the tokens of a sentence as peaks of random height, and wrong peaks."""
    import numpy as np

    draw = mulberry(case["seed"])
    size = blank + 1
    path = []
    for token in case["spoken"]:
        path += [blank] * math.floor(draw() * 3)
        path += [token] * (1 + math.floor(draw() * 2))
    path += [blank] * 2
    rows = np.empty((len(path), size), dtype=np.float64)
    for row, token in zip(rows, path):
        for n in range(size):
            row[n] = draw() * case["noise"]
        row[token] += 2 + 6 * draw()
        row[math.floor(draw() * size)] += 6 * draw()
    rows -= rows.max(axis=1, keepdims=True)
    rows -= np.log(np.exp(rows).sum(axis=1, keepdims=True))
    return rows.astype(np.float32)


# --- a made-up language model -------------------------------------------------------------------

SYLLABLES = "ba be bi bo da de di do fa fe ka ke ki ko la le lo ma mi mo na ne no pa po ra ri ro sa se ta te ti to".split()


def corpus(draw):
    words = set()
    while len(words) < 260:
        words.add("".join(draw.choice(SYLLABLES) for _ in range(draw.randint(1, 4))))
    words = sorted(words)
    draw.shuffle(words)
    words[7], words[31] = "größe", "naïve"
    follow = {w: draw.sample(words, 6) for w in words}
    sentences = []
    for _ in range(1500):
        word, sentence = draw.choice(words[:60]), []
        for _ in range(draw.randint(2, 9)):
            sentence.append(word)
            word = draw.choice(follow[word]) if draw.random() < 0.85 else draw.choice(words)
        sentences.append(sentence)
    return words, sentences


def count(sentences, order):
    counts = [{} for _ in range(order)]
    for sentence in sentences:
        padded = ["<s>", *sentence, "</s>"]
        for n in range(order):
            for start in range(len(padded) - n):
                gram = tuple(padded[start : start + n + 1])
                counts[n][gram] = counts[n].get(gram, 0) + 1
    return counts


def discounted(counts, discount=0.6):
    """Absolute discounting with backoff: probability and backoff weight of each n-gram."""
    total = sum(c for gram, c in counts[0].items() if gram != ("<s>",))
    probability = {gram: max(c - discount, 0.05) / total for gram, c in counts[0].items()}
    probability[("<s>",)] = 1e-99
    probability[("<unk>",)] = 0.4 / total
    backoff = {}
    for grams in counts[1:]:
        contexts = {}
        for gram, c in grams.items():
            contexts.setdefault(gram[:-1], []).append((gram, c))
        for context, entries in contexts.items():
            mass = sum(c for _, c in entries)
            backoff[context] = discount * len(entries) / mass
            for gram, c in entries:
                lower = probability.get(gram[1:], 1e-5)
                probability[gram] = (c - discount) / mass + backoff[context] * lower
    return probability, backoff


def write_arpa(path, order, grams, probability, backoff):
    with open(path, "w", encoding="utf-8") as file:
        file.write("\\data\\\n")
        for n in range(order):
            file.write(f"ngram {n + 1}={len(grams[n])}\n")
        for n in range(order):
            file.write(f"\n\\{n + 1}-grams:\n")
            for gram in grams[n]:
                line = f"{math.log10(min(probability[gram], 1)):.6g}\t{' '.join(gram)}"
                if n + 1 < order and gram in backoff:
                    line += f"\t{math.log10(backoff[gram]):.6g}"
                file.write(line + "\n")
        file.write("\n\\end\\\n")


def spell(word):
    """As test/support/beam-cases.ts: two letters a token, the first with the mark of a word."""
    pieces = [word[n : n + 2] for n in range(0, len(word), 2)]
    return ["▁" + pieces[0], *pieces[1:]]


def write_token_model(folder, sentences):
    spelled = [[token for word in sentence for token in spell(word)] for sentence in sentences]
    counts = count(spelled, 2)
    probability, backoff = discounted(counts)
    grams = [[("<unk>",), *sorted(counts[0])], sorted(counts[1])]
    write_arpa(f"{folder}/tokens.arpa", 2, grams, probability, backoff)


def make_corpus(folder):
    draw = random.Random(20)
    words, sentences = corpus(draw)
    order = 4
    counts = count(sentences, order)
    probability, backoff = discounted(counts)
    grams = [sorted(c) for c in counts]
    for n in (2, 3):
        contexts = {gram[:-1] for gram in grams[n + 1]} if n + 1 < order else set()
        grams[n] = [g for g in grams[n] if counts[n][g] > 1 or g in contexts]
    for n in (3, 2):
        grams[n] = [g for g in grams[n] if g[:-1] in set(grams[n - 1])]
    grams[0] = [("<unk>",), *grams[0]]
    write_arpa(f"{folder}/plain.arpa", order, grams, probability, backoff)
    # As SRILM prunes: n-grams whose suffix is gone; and no <unk>.
    contexts = {gram[:-1] for gram in grams[3]}
    third = [g for g in grams[2] if g in contexts or draw.random() < 0.5]
    contexts = {gram[:-1] for gram in third}
    second = [g for g in grams[1] if g in contexts or draw.random() < 0.6]
    pruned = [grams[0][1:], second, third, grams[3]]
    write_arpa(f"{folder}/pruned.arpa", order, pruned, probability, backoff)
    write_token_model(folder, sentences)
    tests = []
    for n in range(420):
        sentence = list(draw.choice(sentences))
        for at in range(len(sentence)):
            roll = draw.random()
            if roll < 0.15:
                sentence[at] = draw.choice(words)
            elif roll < 0.2:
                sentence[at] = "zz" + sentence[at]
        tests.append(" ".join(sentence))
    with open(f"{folder}/sentences.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(tests) + "\n")


def make_scores(folder):
    import kenlm

    sentences = open(f"{folder}/sentences.txt", encoding="utf-8").read().splitlines()
    result = {}
    for name in ["plain.arpa", "pruned.arpa", "probing.binary", "trie.binary", "array-trie.binary", "quantised-trie.binary", "quantised-array-trie.binary"]:
        model = kenlm.Model(f"{folder}/{name}")
        rows = []
        for sentence in sentences:
            scores = [s for s, _, _ in model.full_scores(sentence, bos=True, eos=True)]
            scores += [s for s, _, _ in model.full_scores(sentence, bos=False, eos=False)]
            rows.append([round(s, 6) for s in scores])
        result[name] = rows
    provenance = "kenlm 0.3.0 (PyPI): full_scores with bos and eos, then without, of each line of sentences.txt; test/conformance/beam_search_oracle.py scores"
    groups = {}
    for name, rows in result.items():
        for group in groups.values():
            if group["scores"] == rows:
                group["files"].append(name)
                break
        else:
            groups[name] = {"files": [name], "scores": rows}
    with open(f"{folder}/scores.json", "w") as file:
        json.dump({"provenance": provenance, "groups": list(groups.values())}, file, separators=(",", ":"))


def print_word_scores(path):
    import kenlm

    model = kenlm.Model(path)
    sentences = sys.stdin.read().splitlines()
    started = time.perf_counter()
    rows = [[score for score, _, _ in model.full_scores(sentence)] for sentence in sentences]
    seconds = time.perf_counter() - started
    json.dump({"seconds": seconds, "scores": rows}, sys.stdout)


# --- the decoders -------------------------------------------------------------------------------


def load_matrix(case, request):
    import numpy as np

    if "file" in case:
        return np.fromfile(case["file"], dtype=np.float32).reshape(-1, request["blank"] + 1)
    return matrix(case, request["blank"])


class Prefix:
    def __init__(self, request):
        import kenlm
        import logging
        from pyctcdecode import build_ctcdecoder

        logging.disable(logging.WARNING)
        unigrams = request.get("words")
        self.decoder = build_ctcdecoder(
            [*request["tokens"], ""], request.get("model"), unigrams=unigrams
        )

    def decode(self, logits, options):
        self.decoder.reset_params(alpha=float(options["alpha"]), beta=float(options["beta"]))
        beams = self.decoder.decode_beams(
            logits,
            beam_width=options["beamWidth"],
            beam_prune_logp=options["beamPruneLogProbability"],
            token_min_logp=options["tokenMinLogProbability"],
            prune_history=options["pruneHistory"],
        )
        text, _, frames, _, score = beams[0]
        return {"text": text, "score": score, "times": [list(f) for _, f in frames]}


class Flashlight:
    def __init__(self, request):
        from flashlight.lib.text.decoder import ZeroLM
        from flashlight.lib.text.decoder.kenlm import KenLM
        from flashlight.lib.text.dictionary import Dictionary

        self.request = request
        self.words = Dictionary()
        self.spellings = []
        for line in request["lexicon"]:
            self.spellings.append((self.words.get_index(line[0]) if self.words.contains(line[0]) else self.add(line[0]), line[1:]))
        self.words.add_entry("<unk>")
        self.lm = KenLM(request["model"], self.words) if request.get("model") else ZeroLM()
        self.tries = {}
        if request.get("tokenModel"):
            tokens = Dictionary()
            for token in request["tokens"]:
                tokens.add_entry(token)
            tokens.add_entry("<blank>")
            self.token_lm = KenLM(request["tokenModel"], tokens)

    def add(self, word):
        self.words.add_entry(word)
        return self.words.index_size() - 1

    def trie(self, smearing):
        from flashlight.lib.text.decoder import SmearingMode, Trie

        if smearing not in self.tries:
            trie = Trie(self.request["blank"] + 1, self.request["silence"])
            start = self.lm.start(False)
            for label, tokens in self.spellings:
                trie.insert(tokens, label, self.lm.score(start, label)[1])
            trie.smear({"none": SmearingMode.NONE, "max": SmearingMode.MAX, "logadd": SmearingMode.LOGADD}[smearing])
            self.tries[smearing] = trie
        return self.tries[smearing]

    def decoder(self, options):
        from flashlight.lib.text import decoder as fl

        request = self.request
        if options["search"] == "token":
            return fl.LexiconFreeDecoder(
                fl.LexiconFreeDecoderOptions(
                    beam_size=options["beamSize"],
                    beam_size_token=options["beamSizeToken"],
                    beam_threshold=options["beamThreshold"],
                    lm_weight=options["lmWeight"],
                    sil_score=options["silScore"],
                    log_add=options["logAdd"],
                    criterion_type=fl.CriterionType.CTC,
                ),
                self.token_lm if request.get("tokenModel") else fl.ZeroLM(),
                request["silence"],
                request["blank"],
                [],
            )
        return fl.LexiconDecoder(
            fl.LexiconDecoderOptions(
                beam_size=options["beamSize"],
                beam_size_token=options["beamSizeToken"],
                beam_threshold=options["beamThreshold"],
                lm_weight=options["lmWeight"],
                word_score=options["wordInsertionScore"],
                unk_score=-math.inf if options["unkScore"] is None else options["unkScore"],
                sil_score=options["silScore"],
                log_add=options["logAdd"],
                criterion_type=fl.CriterionType.CTC,
            ),
            self.trie(options["smearing"]),
            self.lm,
            request["silence"],
            request["blank"],
            self.words.get_index("<unk>"),
            [],
            False,
        )

    def decode(self, logits, options):
        decoder = options["decoder"]
        results = decoder.decode(logits.ctypes.data, *logits.shape)
        best = results[0]
        if options["search"] == "token":
            # The search starts as if silence had just been said.
            tokens, last = [], self.request["silence"]
            for token in best.tokens[1:-1]:
                if token != self.request["blank"] and token != last:
                    tokens.append(token)
                last = token
            return {"tokens": tokens, "score": best.score}
        words = [self.words.get_entry(w) for w in best.words if w >= 0]
        return {"text": " ".join(words), "score": best.score}


def decode():
    request = json.load(sys.stdin)
    decoders = {}
    results = []
    for case in request["cases"]:
        options = {**request["options"][case["options"]]}
        kind = "prefix" if options["search"] == "prefix" else "flashlight"
        if kind not in decoders:
            decoders[kind] = (Prefix if kind == "prefix" else Flashlight)(request)
        decoder = decoders[kind]
        if kind == "flashlight":
            key = (case["options"],)
            if key not in decoders:
                decoders[key] = decoder.decoder(options)
            options["decoder"] = decoders[key]
        logits = load_matrix(case, request)
        started = time.perf_counter()
        result = decoder.decode(logits, options)
        result["seconds"] = time.perf_counter() - started
        results.append(result)
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "corpus":
        make_corpus(sys.argv[2])
    elif sys.argv[1] == "scores":
        make_scores(sys.argv[2])
    elif sys.argv[1] == "words":
        print_word_scores(sys.argv[2])
    else:
        decode()
