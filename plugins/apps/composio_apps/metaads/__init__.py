"""Meta Ads."""
