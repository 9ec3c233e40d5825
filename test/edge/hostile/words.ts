/** What the requests are made of, and what no log and no answer may hold. */
export const OTHER_CLIENT = "2example23456789abcdefgh";
export const POOL = "eu-west-1_Ab12Cd34E";
/** What a viewer forges; none of it may reach Cognito where Cognito would read it. */
export const FORGED = "forged-by-the-viewer";
/** What only the viewer knows: it may reach Cognito, but no log. */
export const PASSWORD = "correct-horse-41f0";
export const TOKEN = "viewer-token-8c2d";
