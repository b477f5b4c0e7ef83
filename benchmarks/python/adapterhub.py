"""Exchange bottleneck adapters with AdapterHub's library `adapters`.

usage: adapterhub.py MODEL ADAPTER LOGITS.safetensors ID,ID,...
       adapterhub.py make MODEL CONFIG ADAPTER
The first loads an adapter and prints the largest difference between its logits and those in a file, over logits of the
given tokens. The second writes an adapter with random values, in a configuration of the library's own:
double_seq_bn, seq_bn, par_bn, also with options, seq_bn[ln_before=True].
"""
import sys

import adapters
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM


def base(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, torch_dtype=torch.float32)
    adapters.init(model)
    return model.eval()


def make(folder, config, target):
    model = base(folder)
    model.add_adapter("made", config=config)
    random = torch.Generator().manual_seed(3)
    for name, values in model.named_parameters():
        if ".adapters.made." in name:
            values.data.add_(0.02 * torch.randn(values.shape, generator=random))
    model.save_adapter(target, "made", use_safetensors=True)


def compare(folder, adapter, logits, ids):
    tokens = torch.tensor([[int(token) for token in ids.split(",")]])
    model = base(folder)
    loading = {}
    name = model.load_adapter(adapter, loading_info=loading, use_safetensors=True)
    # The library itself says nothing of tensors that are missing or left over.
    if loading["missing_keys"] or loading["unexpected_keys"]:
        sys.exit(f"the file does not fit: {loading}")
    model.set_active_adapters(name)
    with torch.no_grad():
        plain = model(input_ids=tokens).logits[0]
        model.set_active_adapters(None)
        without = model(input_ids=tokens).logits[0]
    if torch.equal(plain, without):
        sys.exit("the adapter changes nothing")
    print(f"{(plain - load_file(logits)['logits']).abs().max().item():.3e}")


if sys.argv[1] == "make":
    make(*sys.argv[2:5])
else:
    compare(*sys.argv[1:5])
