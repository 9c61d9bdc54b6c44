package vecstore

// Version is the version of this package; all clients and the server share the number.
const Version = "0.1.0"

const defaultUserAgent = "vecstore-client-go/" + Version
