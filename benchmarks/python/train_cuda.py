"""Time training with PEFT and transformers, and decoding, on a CUDA device.

usage: train_cuda.py MODEL WARM_UP STEPS ROUNDS WORK...
WORK: METHOD:ROWSxTOKENS:LABELLED (METHOD lora or full), or decode:ROWSxPROMPT:NEW.
Prints a JSON object a line: work, type, and for each round the rows, or new tokens, a second.

Types: fp32 (no TF32); bf16, the base's weights in bf16; amp, fp32 weights under autocast to bf16. As the libraries'
own trainer has it: AdamW in one fused kernel, gradients clipped to 1, no look at the loss between steps.
"""
import json
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

folder = sys.argv[1]
warm_up, steps, rounds = (int(number) for number in sys.argv[2:5])


def load(kind):
    dtype = torch.bfloat16 if kind == "bf16" else torch.float32
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).to("cuda")


def train(method, rows, tokens, labelled, kind):
    torch.manual_seed(0)
    model = load(kind)
    if method == "lora":
        model = get_peft_model(
            model, LoraConfig(task_type="CAUSAL_LM", r=8, lora_alpha=16, target_modules="all-linear")
        )
    model.train()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.0, fused=True)
    ids = torch.randint(0, 49152, (rows, tokens), device="cuda")
    labels = ids.clone()
    labels[:, : tokens - labelled] = -100

    def step():
        with torch.autocast("cuda", torch.bfloat16, enabled=kind == "amp"):
            loss = model(input_ids=ids, labels=labels, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    for _ in range(warm_up):
        step()
    speeds = []
    for _ in range(rounds):
        torch.cuda.synchronize()
        started = time.perf_counter()
        for _ in range(steps):
            step()
        torch.cuda.synchronize()
        speeds.append(rows * steps / (time.perf_counter() - started))
    return speeds


def decode(rows, prompt, new, kind):
    torch.manual_seed(0)
    model = load(kind).eval()
    ids = torch.randint(0, 49152, (rows, prompt), device="cuda")
    mask = torch.ones_like(ids)

    def write(count):
        torch.cuda.synchronize()
        started = time.perf_counter()
        model.generate(
            ids, attention_mask=mask, max_new_tokens=count, min_new_tokens=count, do_sample=False, pad_token_id=0
        )
        torch.cuda.synchronize()
        return time.perf_counter() - started

    speeds = []
    with torch.no_grad():
        write(8)
        for _ in range(rounds):
            first = write(1)
            speeds.append(rows * (new - 1) / (write(new) - first))
    return speeds


for work in sys.argv[5:]:
    method, shape, last = work.split(":")
    rows, tokens = (int(number) for number in shape.split("x"))
    # Decoding has no third way: autocast would cast the weights again for each token.
    for kind in ("fp32", "bf16") if method == "decode" else ("fp32", "bf16", "amp"):
        if method == "decode":
            speeds = decode(rows, tokens, int(last), kind)
        else:
            speeds = train(method, rows, tokens, int(last), kind)
        print(json.dumps({"work": work, "type": kind, "per_second": speeds}), flush=True)
        torch.cuda.empty_cache()
