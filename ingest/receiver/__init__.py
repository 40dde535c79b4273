"""The C-STORE receiver: takes what modalities and archives send, and ingests it continuously."""
