"""Networks: backbones, the encoder, heads, teachers, and where and how precisely they compute."""
