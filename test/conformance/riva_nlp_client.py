"""Drives the language service through NVIDIA's own Python client and prints what came back as JSON.

    riva_nlp_client.py URI REQUEST.json

REQUEST is a list of calls; the answer is a list of the same length, each {"ok": ...} or
{"error": {"code", "details"}}. The calls use the client library the way its own scripts
(punctuation_client.py, text_classify_client.py, ner_client.py, intentslot_client.py,
qa_client.py) do.
"""

import json
import sys

import grpc
import riva.client
import riva.client.nlp as nlp
import riva.client.proto.riva_nlp_pb2 as rnlp


def classes(response):
    return [[[label.class_name, label.score] for label in result.labels] for result in response.results]


def tokens(values):
    return [[v.token, v.label[0].class_name, v.label[0].score, v.span[0].start, v.span[0].end] for v in values]


def classify_text(service, call):
    batch = nlp.classify_text_batch(
        service, call["texts"], call["model"], call.get("batch_size", 2), max_async_requests_to_queue=call.get("queue", 0))
    return {"classes": batch[0], "scores": batch[1]}


def classify_tokens(service, call):
    names = ("tokens", "classes", "scores", "starts", "ends")
    batch = nlp.classify_tokens_batch(service, call["texts"], call["model"], call.get("batch_size", 2))
    return dict(zip(names, batch))


def entities(service, call):
    response = service.analyze_entities(call["text"], call.get("language", "en-US"))
    return [tokens(sequence.results) for sequence in response.results]


def intent(service, call):
    options = rnlp.AnalyzeIntentOptions(domain=call.get("domain", ""), lang=call.get("language", "en-US"))
    response = service.analyze_intent(call["text"], options)
    return {
        "intent": [response.intent.class_name, response.intent.score],
        "slots": tokens(response.slots),
        "domain": response.domain.class_name,
        "domain_str": response.domain_str,
        "has_intent": response.HasField("intent"),
    }


def punctuate(service, call):
    function = service.transform_text if call.get("transform") else service.punctuate_text
    response = function(call["texts"], model_name=call.get("model", ""), language_code=call.get("language", "en-US"))
    return list(response.text)


def ask(service, call):
    response = service.natural_query(call["query"], call["context"], top_n=call.get("top_n", 1))
    return [[result.answer, result.score] for result in response.results]


def top_n(service, call):
    request = rnlp.TextClassRequest(text=call["texts"], top_n=call["top_n"])
    request.model.model_name = call["model"]
    request.id.value = "mine"
    response = service.stub.ClassifyText(request)
    return {"classes": classes(response), "id": response.id.value}


def models(service, call):
    response = service.stub.GetRivaNLPConfig(rnlp.RivaNLPConfigRequest(model_name=call.get("model", "")))
    return [[entry.model_name, dict(entry.parameters)] for entry in response.model_config]


CALLS = {
    "classify_text": classify_text, "classify_tokens": classify_tokens, "entities": entities, "intent": intent,
    "punctuate": punctuate, "ask": ask, "top_n": top_n, "models": models,
}


def main():
    service = riva.client.NLPService(riva.client.Auth(uri=sys.argv[1]))
    with open(sys.argv[2]) as file:
        calls = json.load(file)
    answers = []
    for call in calls:
        try:
            answers.append({"ok": CALLS[call["call"]](service, call)})
        except grpc.RpcError as error:
            answers.append({"error": {"code": error.code().name, "details": error.details()}})
    json.dump(answers, sys.stdout)


main()
