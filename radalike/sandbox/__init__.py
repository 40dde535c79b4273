"""Child processes of limited memory and time, where what nobody trusts is read."""
