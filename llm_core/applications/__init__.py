"""What the models are for: prompts, answers and the evidence behind them."""
