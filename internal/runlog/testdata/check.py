"""Reads run directories with nothing but Python's standard library, by docs/reliability.md, and says what is wrong.

    python check.py runs/mine runs/other

It shares no code with gradlab: what it accepts is what the formats say.
"""
import hashlib
import json
import os
import re
import struct
import sys


def crc32c(data):
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
        table.append(n)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283


def compact(text):
    """JSON without the white space between its tokens."""
    return re.sub(r'("(?:[^"\\]|\\.)*")|\s+', lambda m: m.group(1) or "", text)


def sealed(path, key):
    text = open(path, encoding="utf-8").read()
    seal = json.loads(text)
    assert seal["format"] == 1, "another format"
    # The value is the last one of the object.
    value = compact(text)[compact(text).index(f'"{key}":') + len(f'"{key}":'):-1]
    assert hashlib.sha256(value.encode()).hexdigest() == seal["sha256"], "checksum"
    return seal[key]


def result(path):
    return sealed(path, "trial")


def outline(path, about):
    known = sealed(path, "outline")
    trials = (known.get("selection") or []) + known["trials"]
    assert sorted(t["id"] for t in trials if t["id"]) == sorted(about["trials"]), "the outline of other trials"
    assert all(t["status"] == "waiting" and t["epochs"] is None for t in trials), "figures of a trial"


def events(path):
    data = open(path, "rb").read()
    assert data.endswith(b"\n"), "torn"
    records = []
    for line in data[:-1].split(b"\n"):
        assert crc32c(line[9:]) == int(line[:8], 16) and line[8:9] == b" ", "checksum"
        records.append(json.loads(line[9:]))
    assert records[0]["events"] == 1, "another format"
    order(records[1:])
    return records


def order(events):
    """The windows of training follow one another without a hole, and so do the epochs."""
    step = epoch = 0
    kinds = [e["event"] for e in events]
    assert kinds[:1] in ([], ["begin"]) and "begin" not in kinds[1:] and "end" not in kinds[:-1], "order"
    for e in events:
        if e["event"] == "window":
            w = e["window"]
            loss, seen, histograms = w["loss"], w["steps"], w.get("histograms") or []
            assert loss["first"] == step + 1 and loss["count"] == loss["last"] - step, "a hole between windows"
            step = loss["last"]
            assert len(histograms) == len(w["grad_rms"] or []) == len(w["act_std"] or []), "positions"
            assert not histograms or loss["first"] <= seen["first"] <= seen["last"] <= step, "probed steps"
            for h in histograms:
                assert len(h["counts"]) == 32 and (sum(h["counts"]) > 0) == (h["low"] is not None), "histogram"
        if e["event"] == "epoch":
            epoch += 1
            assert e["epoch"]["epoch"] == epoch, "a hole between epochs"


def safetensors(path):
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    values = data[8 + size:]
    metadata = header.pop("__metadata__")
    tensors = {name: (t["dtype"], t["shape"], values[t["data_offsets"][0]:t["data_offsets"][1]]) for name, t in header.items()}
    return metadata, tensors  # in the order of the file


def checkpoint(path):
    metadata, tensors = safetensors(path)
    assert metadata["gradlab.checkpoint"] == "1", "another format"
    h = hashlib.sha256()
    for key in ("gradlab.checkpoint", "gradlab.numerics", "gradlab.trial", "gradlab.state"):
        h.update(f"{key} {json.dumps(metadata[key], ensure_ascii=False)}\n".encode())
    for name, (dtype, shape, values) in tensors.items():
        h.update(f"{json.dumps(name)} {dtype} [{' '.join(map(str, shape))}]\n".encode() + values)
    assert h.hexdigest() == metadata["gradlab.sha256"], "checksum"
    if "probe/counts" in tensors:
        counts, sums = tensors["probe/counts"][1][0], tensors["probe/sums"][1][0]
        positions = (counts - 42 * 4) // (42 * 32 + 3)
        assert counts == 42 * 4 + positions * (42 * 32 + 3), "counts of the probe"
        parameters = sums - positions * (42 * (12 + 2) + 12)
        assert parameters >= 0 and parameters % 4 == 0, "sums of the probe"
    return metadata, json.loads(metadata["gradlab.state"]), tensors


def main():
    bad = 0
    for run in sys.argv[1:]:
        about = json.load(open(os.path.join(run, "run.json")))
        done = 0
        path = os.path.join(run, "outline.json")
        if os.path.exists(path):
            try:
                outline(path, about)
            except (AssertionError, ValueError, KeyError) as err:
                print(f"{path}: {err!r}")
                bad += 1
        for trial in sorted(os.listdir(os.path.join(run, "trials"))):
            for name, read in {"result.json": result, "events.jsonl": events, "checkpoint.safetensors": checkpoint,
                               "weights.safetensors": safetensors}.items():
                path = os.path.join(run, "trials", trial, name)
                if not os.path.exists(path):
                    continue
                try:
                    content = read(path)
                    if name == "result.json":
                        assert content["id"] == trial, "the result of another trial"
                        done += about["trials"].count(trial)
                    if name == "checkpoint.safetensors":
                        metadata, state, tensors = content
                        print(f"{path}: step {state['Step']}, {len(state.get('Epochs') or [])} epochs, {len(tensors)} tensors")
                except (AssertionError, ValueError, KeyError, struct.error) as err:
                    print(f"{path}: {err!r}")
                    bad += 1
        print(f"{run}: study {about['study']}, {done} of {about['asked']} trials have ended")
    sys.exit(bad > 0)


main()
