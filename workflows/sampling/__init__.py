"""From a spec to draws: one program for every sampler, chains, imputations, refits."""
