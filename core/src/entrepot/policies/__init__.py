"""What the shop promises, as pages made from the settings that the engine itself works by."""
