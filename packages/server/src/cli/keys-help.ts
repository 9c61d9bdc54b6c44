import { ROLES } from "../auth/roles.js";

/** What `vecstore keys --help` prints. */
export const KEYS_HELP = `Usage: vecstore keys create --data DIR [FLAGS]
       vecstore keys create --url ADDRESS [FLAGS]
       vecstore keys list [--include-revoked]
       vecstore keys rotate ID
       vecstore keys revoke ID

Makes an API key in a data directory while no server has it open, or makes, lists, rotates and revokes the keys of a
server that runs, for an admin. A key is shown once. Exits with 0, with 1 when it could not be done, with 2 for a wrong flag.

The key that is made:
  --role ROLE
        ${ROLES.join(", ")}. Default admin.
  --namespace NAME
        Namespace that a reader, writer or owner is bound to; may repeat.
  --name TEXT
        For people, at most 128 bytes.
  --expires-at TIME
        From then on the key does not work, such as 2027-01-01T00:00:00Z. Default never.

Where:
  --data DIR
        The data directory; made when it is missing. Only for create. [VECSTORE_DATA]
  --url ADDRESS
        HOST:PORT, http://HOST:PORT or https://HOST. Default localhost:8080, save for create. [VECSTORE_URL]
  --api-key KEY
        An admin's key; other users of the machine may see flags, so the variable is better. [VECSTORE_API_KEY]
  --tls-ca FILE, --tls-cert FILE, --tls-key FILE
        PEM: authorities to trust in place of the well-known ones; the client's certificate, where the server asks for one.

  --include-revoked
        Lists withdrawn keys too.
  --output FORMAT
        table or json. Default table on a terminal, else json; a key that is made in a directory stands alone, unless json
        is asked for.
  --help, --version
`;
