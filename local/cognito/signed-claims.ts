/** JSON Web Tokens that are really signed. */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";

type Claims = Readonly<Record<string, unknown>>;

export class ClaimSigner {
  // Cognito signs with RS256; an elliptic key spares the local world the making of an RSA key at each start.
  readonly #key: KeyObject = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  readonly #publicKey: KeyObject = createPublicKey(this.#key);

  sign(claims: Claims): string {
    const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString("base64url");
    const text = `${encode({ kid: "local", alg: "ES256" })}.${encode(claims)}`;
    const signature = sign("sha256", Buffer.from(text), { key: this.#key, dsaEncoding: "ieee-p1363" });
    return `${text}.${signature.toString("base64url")}`;
  }

  /** The claims, unread; null for what this signer did not sign. */
  read(token: string): unknown {
    const [head = "", claims = "", signature = ""] = token.split(".");
    const signed = Buffer.from(`${head}.${claims}`);
    const key = { key: this.#publicKey, dsaEncoding: "ieee-p1363" } as const;
    if (!verify("sha256", signed, key, Buffer.from(signature, "base64url"))) return null;
    return JSON.parse(Buffer.from(claims, "base64url").toString());
  }
}
