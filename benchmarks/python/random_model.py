"""Write a random model, for computers to which no weights can be brought.

usage: random_model.py FOLDER [billion]
Of SmolLM2-135M's shape; with "billion" of 1.01 billion values, in bf16.
"""
import sys

import torch
from transformers import LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
billion = sys.argv[2:] == ["billion"]
config = LlamaConfig(
    hidden_size=2048 if billion else 576,
    num_hidden_layers=15 if billion else 30,
    num_attention_heads=32 if billion else 9,
    num_key_value_heads=8 if billion else 3,
    intermediate_size=8192 if billion else 1536,
    vocab_size=49152,
    max_position_embeddings=8192,
    rms_norm_eps=1e-5,
    rope_theta=100000.0,
    tie_word_embeddings=True,
    # Twice the usual: logits then lie far enough apart that a rounding does not decide a greedy token.
    initializer_range=0.02 if billion else 0.04,
)
model = LlamaForCausalLM(config)
if billion:
    model = model.to(torch.bfloat16)
model.save_pretrained(sys.argv[1])
