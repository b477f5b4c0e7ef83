"""Training throughput of Houlsby adapters in plain PyTorch over transformers, which PEFT has none of.

usage: train_adapters.py MODEL houlsby DTYPE ROWS TOKENS [STEPS] [ANSWER]
Adapters of width hidden / 16 with SiLU stand after attention and after the MLP, each with its own residual; the base
is frozen. ANSWER: only the last ANSWER tokens of each row carry a label. Prints one line in the form of PEFT's script.
"""
import resource
import statistics
import sys
import time

import torch
from torch import nn
from transformers import AutoModelForCausalLM

path, method, dtype = sys.argv[1:4]
rows, tokens = int(sys.argv[4]), int(sys.argv[5])
steps = int(sys.argv[6]) if len(sys.argv) > 6 else 6
answer = int(sys.argv[7]) if len(sys.argv) > 7 else tokens
torch.manual_seed(0)


class Adapter(nn.Module):
    """x + up(silu(down(x))); up starts at zero, so an untrained adapter changes nothing."""

    def __init__(self, inner, hidden, width):
        super().__init__()
        self.inner = inner
        self.down = nn.Linear(hidden, width)
        self.up = nn.Linear(width, hidden)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, *args, **kwargs):
        out = self.inner(*args, **kwargs)
        first = out[0] if isinstance(out, tuple) else out
        changed = first + self.up(nn.functional.silu(self.down(first)))
        return (changed, *out[1:]) if isinstance(out, tuple) else changed


model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.bfloat16 if dtype == "bf16" else torch.float32)
model.requires_grad_(False)
hidden = model.config.hidden_size
for layer in model.model.layers:
    layer.self_attn = Adapter(layer.self_attn, hidden, hidden // 16)
    layer.mlp = Adapter(layer.mlp, hidden, hidden // 16)
model.to(next(model.parameters()).dtype).train()
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
ids = torch.randint(0, model.config.vocab_size, (rows, tokens))
labels = ids.clone()
labels[:, : tokens - answer] = -100
times = []
for _ in range(steps):
    started = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "amp"):
        loss = model(input_ids=ids, labels=labels, attention_mask=torch.ones_like(ids)).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    times.append(time.perf_counter() - started)
median = statistics.median(times[1:])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
print(f"pytorch {method} {dtype}: median = {rows / median:.2f} rows/s, loss {loss.item():.3f}, peak RSS {peak} MB", flush=True)
