"""The vocabulary that every room shares: configuration, parameters, events, requests, catalogue. No torch, no Qt."""
