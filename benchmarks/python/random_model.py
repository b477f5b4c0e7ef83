"""Write a random model of SmolLM2-135M's shape, for computers to which no weights can be brought.

usage: random_model.py FOLDER
"""
import sys

import torch
from transformers import LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
config = LlamaConfig(
    hidden_size=576,
    num_hidden_layers=30,
    num_attention_heads=9,
    num_key_value_heads=3,
    intermediate_size=1536,
    vocab_size=49152,
    max_position_embeddings=8192,
    rms_norm_eps=1e-5,
    rope_theta=100000.0,
    tie_word_embeddings=True,
    # Twice the usual: logits then lie far enough apart that a rounding does not decide a greedy token.
    initializer_range=0.04,
)
LlamaForCausalLM(config).save_pretrained(sys.argv[1])
