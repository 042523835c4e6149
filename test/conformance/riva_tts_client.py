"""Drives a server's speech synthesis through NVIDIA's own Python client; prints JSON.

    riva_tts_client.py URI REQUEST.json

REQUEST is a list of calls; the answer is a list of the same length, each {"ok": ...} or
{"error": {"code", "details"}}. The calls use the client library the way its talk.py does.
"""

import base64
import json
import sys
import time

import grpc
import riva.client
import riva.client.proto.riva_tts_pb2 as rtts
from riva.client.proto.riva_audio_pb2 import AudioEncoding


def arguments(call):
    return {
        "voice_name": call.get("voice"),
        "language_code": call.get("language_code", "en-US"),
        "encoding": AudioEncoding.Value(call.get("encoding", "LINEAR_PCM")),
        "sample_rate_hz": call.get("sample_rate", 44100),
        "custom_dictionary": call.get("dictionary"),
        "custom_configuration": call.get("configuration"),
    }


def describe(response):
    return {
        "audio": base64.b64encode(response.audio).decode(),
        "text": response.meta.text,
        "processed_text": response.meta.processed_text,
        "durations": list(response.meta.predicted_durations),
    }


def synthesize(service, call):
    text = call["text"] * call.get("repeat", 1)
    return describe(service.synthesize(text, **arguments(call)))


def online(service, call):
    started = time.perf_counter()
    responses, first = [], None
    for response in service.synthesize_online(call["text"], **arguments(call)):
        first = first or time.perf_counter() - started
        responses.append(describe(response))
    return {"responses": responses, "first": first, "all": time.perf_counter() - started}


def cancel(service, call):
    """Takes the first response and goes away."""
    stream = service.synthesize_online(call["text"] * call.get("repeat", 1), **arguments(call))
    size = len(next(stream).audio)
    stream.cancel()
    return size


def zero_shot(service, call):
    request = rtts.SynthesizeSpeechRequest(text="a")
    request.zero_shot_data.audio_prompt = b"RIFF"
    return describe(service.stub.Synthesize(request))


def old_client(service, call):
    """Clients of old know SynthesizeOnline as a call with one request and a stream of answers."""
    method = service.auth.channel.unary_stream(
        "/nvidia.riva.tts.RivaSpeechSynthesis/SynthesizeOnline",
        request_serializer=rtts.SynthesizeSpeechRequest.SerializeToString,
        response_deserializer=rtts.SynthesizeSpeechResponse.FromString,
    )
    return [len(response.audio) for response in method(rtts.SynthesizeSpeechRequest(text=call["text"]))]


def voices(service, call):
    """As talk.py --list-voices prints them."""
    response = service.stub.GetRivaSynthesisConfig(rtts.RivaSynthesisConfigRequest())
    found = {}
    for model in response.model_config:
        language, voice = model.parameters["language_code"], model.parameters["voice_name"]
        names = [part.split(":")[0] for part in model.parameters["subvoices"].split(",")]
        found.setdefault(language, []).extend(voice + "." + name for name in names)
    return found


CALLS = {call.__name__: call for call in [synthesize, online, cancel, zero_shot, old_client, voices]}


def main():
    service = riva.client.SpeechSynthesisService(
        riva.client.Auth(uri=sys.argv[1], options=[("grpc.max_receive_message_length", 1 << 28)]))
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
