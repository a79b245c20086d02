"""The actions that read messages: one by its SID, a list, a picklist. Each is a module of its own."""
