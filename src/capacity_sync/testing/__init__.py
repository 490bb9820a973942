"""Published for users who test against this package: strategies, a scripted engine, stores, contract tests."""
