"""Load an adapter with PEFT and compare its logits with those in a file.

usage: peft_logits.py MODEL ADAPTER LOGITS.safetensors ID,ID,...
Prints the largest difference, over logits of the given tokens.
"""
import sys

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

model_folder, adapter, logits_file, ids = sys.argv[1:5]
tokens = torch.tensor([[int(token) for token in ids.split(",")]])
model = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32)
model = PeftModel.from_pretrained(model, adapter)
model.eval()
with torch.no_grad():
    # Prompt methods give logits for their virtual tokens too, in front.
    theirs = model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits[0, -tokens.shape[1] :]
ours = load_file(logits_file)["logits"]
print(f"{(theirs - ours).abs().max().item():.3e}")
