"""The version of the client; a test keeps it equal to that of the server's packages."""

#: The version of this package, by https://semver.org.
__version__ = "0.1.0"
