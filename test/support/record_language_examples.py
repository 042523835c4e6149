"""Writes down what the real NeMo 1.23 answers to examples/text/sentences.json.

    record_language_examples.py MODELS SENTENCES.json EXPECTED.json

Runs in an environment with NeMo (the light one of the oracles) and with the oracles' folder on
PYTHONPATH; MODELS is the folder with the .nemo files. Everything is computed on the CPU in fp32.
"""

import json
import pathlib
import sys
import tarfile
import tempfile

import oracle_env

oracle_env.quiet()

import torch
from omegaconf import OmegaConf

MODELS, SENTENCES = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text())
DIGITS = 6


def restore(cls, name):
    path = MODELS / f"{name}_minilm_en.nemo"
    with tarfile.open(path) as archive:
        members = {member.name.removeprefix("./").partition("_")[2]: member for member in archive.getmembers()}
        read = lambda ending: archive.extractfile(members[ending]).read()
        config = json.loads(read("bert-base-uncased_encoder_config.json"))
        vocabulary = read("vocab.txt")
    import transformers

    weights = tempfile.mkdtemp()
    transformers.BertModel(transformers.BertConfig(**config)).save_pretrained(weights)
    files = {file.name: file.read_bytes() for file in pathlib.Path(weights).iterdir()}
    files["vocab.txt"] = vocabulary
    files["tokenizer_config.json"] = {"do_lower_case": True, "model_max_length": 512}
    oracle_env.hub_entry("bert-base-uncased", files)
    return cls.restore_from(str(path), map_location="cpu").eval()


def probabilities(logits):
    return torch.softmax(logits, -1)


def rounded(values):
    return [round(float(value), DIGITS) for value in values]


def punctuation(texts):
    from nemo.collections.nlp.models import PunctuationCapitalizationModel

    model = restore(PunctuationCapitalizationModel, "punctuation")
    return model.add_punctuation_capitalization(texts, batch_size=1)


def entities(texts):
    from nemo.collections.nlp.models import TokenClassificationModel

    model = restore(TokenClassificationModel, "ner")
    labels = {number: label for label, number in model._cfg.label_ids.items()}
    answers = []
    for text in texts:
        for ids, types, mask, words in model._setup_infer_dataloader([text], 1):
            logits = model.forward(input_ids=ids, token_type_ids=types, attention_mask=mask)
            best = probabilities(logits[0])[words[0] > 0.5].max(-1)
            answers.append({"labels": [labels[int(i)] for i in best.indices], "scores": rounded(best.values)})
    return answers


def intents(texts):
    from nemo.collections.nlp.models import IntentSlotClassificationModel

    model = restore(IntentSlotClassificationModel, "intent_slot")
    settings = OmegaConf.create({"batch_size": 1, "shuffle": False, "num_workers": 0, "pin_memory": False, "drop_last": False})
    answers = []
    for text in texts:
        (intent,), (slots,) = model.predict_from_examples([text], settings)
        for ids, types, mask, _, _ in model._setup_infer_dataloader([text], settings):
            logits, _ = model.forward(input_ids=ids, token_type_ids=types, attention_mask=mask)
            score = float(probabilities(logits[0]).max())
        answers.append({"intent": intent, "score": round(score, DIGITS), "slots": slots.split()})
    return answers


def question_types(texts):
    from nemo.collections.nlp.models import TextClassificationModel

    model = restore(TextClassificationModel, "question_type")
    file = model.cfg.class_labels.class_labels_file
    with tarfile.open(MODELS / "question_type_minilm_en.nemo") as archive:
        names = archive.extractfile(next(m for m in archive.getnames() if m.endswith("_labels.csv"))).read().decode().split()
    assert file is not None
    answers = []
    for text in texts:
        for ids, types, mask, _ in model._setup_infer_dataloader({"batch_size": 1, "num_workers": 0}, [text], -1):
            scores = probabilities(model.forward(input_ids=ids, token_type_ids=types, attention_mask=mask)[0])
            answers.append(dict(sorted(zip(names, rounded(scores)), key=lambda item: -item[1])))
    return answers


def questions(passages):
    from nemo.collections.nlp.models import QAModel

    model = restore(QAModel, "qa")
    answers = []
    for passage in passages:
        qas = [{"id": str(number), "question": question} for number, question in enumerate(passage["questions"])]
        data = {"version": "v2.0", "data": [{"title": "", "paragraphs": [{"context": passage["context"], "qas": qas}]}]}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(data, file)
            file.flush()
            predictions, best = model.inference(file.name, batch_size=1)
        answers.append([
            {"answer": predictions[qa["id"]][1], "score": round(float(best[qa["id"]][0]["probability"]), DIGITS)} for qa in qas])
    return answers


tasks = {"punctuation": punctuation, "entities": entities, "intents": intents, "question_types": question_types, "questions": questions}
with torch.no_grad():
    answers = {name: task(SENTENCES[name]) for name, task in tasks.items()}
text = json.dumps({"provenance": "NeMo 1.23.0, fp32 on the CPU, batch size 1", **answers}, indent=2, ensure_ascii=False)
pathlib.Path(sys.argv[3]).write_text(f"{text}\n", encoding="utf-8")
