/** What a record of each log can look like besides the usual. One record in, what the log then holds out. */
import { CLIENT, GATE, type JsonRecord } from "../../detect/traffic.ts";

export type Oddities = Readonly<Record<string, (record: JsonRecord) => readonly JsonRecord[]>>;

const changed = (changes: JsonRecord) => (record: JsonRecord) => [{ ...record, ...changes }];
const twice = (record: JsonRecord) => [record, record];

interface Header {
  readonly name: string;
  readonly value: string;
}
const request = (record: JsonRecord, changes: JsonRecord) => [
  { ...record, httpRequest: { ...Object(record["httpRequest"]), ...changes } },
];
function headers(record: JsonRecord, change: (headers: readonly Header[]) => readonly Header[] | null) {
  const known: readonly Header[] = Object(record["httpRequest"])["headers"];
  return request(record, { headers: change(known) });
}
const withAgent = (value: string) => (record: JsonRecord) =>
  headers(record, (known) => [...known.filter(({ name }) => !/user-agent/i.test(name)), { name: "User-Agent", value }]);

/** The page that may call. */
export const OWN_PAGE = "https://app.example.com";
const withOrigin = (value: string) => (record: JsonRecord) =>
  headers(record, (known) => [...known, { name: "Origin", value }]);

const wafOddities: Oddities = {
  twice,
  noRequestId: (record) => request(record, { requestId: undefined }),
  dashRequestId: (record) => request(record, { requestId: "-" }),
  capitalHeaders: (record) =>
    headers(record, (known) => known.map((one) => ({ ...one, name: one.name.toUpperCase() }))),
  noHeaders: (record) => headers(record, () => []),
  nullHeaders: (record) => headers(record, () => null),
  strangeAgent: withAgent('\u00fc\u{1f600} "quoted" \\ \t <b> \u2028'),
  emptyAgent: withAgent(""),
  asn: changed({ clientAsn: 64500, forwardedAsn: 64501 }),
  noFingerprint: changed({ ja4Fingerprint: undefined }),
  noCountry: (record) => request(record, { country: "-" }),
  noAddress: (record) => request(record, { clientIp: "-" }),
  noCaller: (record) => request(record, { clientIp: null }),
  allowListed: changed({ action: "ALLOW", terminatingRuleId: "AllowList", terminatingRuleType: "REGULAR" }),
  challenged: changed({
    action: "CHALLENGE",
    challengeResponse: { responseCode: 202, failureReason: "TOKEN_MISSING" },
  }),
  detailed: changed({
    labels: [{ name: "awswaf:clientip:geo:country:DE" }, { name: "l" }],
    rateBasedRuleList: [
      { rateBasedRuleName: "RateLimit", limitKey: "CUSTOMKEYS", maxRateAllowed: 20, customValues: [{ key: "IP" }] },
    ],
    terminatingRuleMatchDetails: [{ conditionType: "XSS", matchedData: ["<", "alert"], location: "QUERY_STRING" }],
    ruleGroupList: [{ ruleGroupId: "g", terminatingRule: { ruleId: "r", action: "BLOCK" }, excludedRules: null }],
    somethingNew: { nested: [1, { deep: true }] },
  }),
};

export const edgeOddities: Oddities = {
  ...wafOddities,
  twoTargets: (record) =>
    headers(record, (known) => [{ name: "x-amz-target", value: "AmazonSSM.GetParameter" }, ...known]),
  longTarget: (record) =>
    headers(record, () => [{ name: "X-Amz-Target", value: `AWSCognitoIdentityProviderService.${"A".repeat(65)}` }]),
  preflight: (record) => request(record, { httpMethod: "OPTIONS" }),
  ownPage: withOrigin(OWN_PAGE),
  otherPage: withOrigin("https://other.example.net"),
  nowhere: withOrigin("null"),
};

export const poolOddities: Oddities = {
  ...wafOddities,
  targetOnly: (record) =>
    headers(record, () => [{ name: "X-Amz-Target", value: "AWSCognitoIdentityProviderService.SignUp" }]),
  foreignTarget: (record) => headers(record, () => [{ name: "X-Amz-Target", value: "AmazonSSM.GetParameter" }]),
  passedOn: withAgent(`portcullis/1 (${GATE}; id; SignUp; 203.0.113.7; -) Mozilla/5.0`),
  pretendsToBePassedOn: withAgent("portcullis/1 (guessed; id; SignUp; 203.0.113.7; -) Mozilla/5.0"),
};

const agentOf = (record: JsonRecord) => String(record["userAgent"]);
const token = (change: (agent: string) => string) => (record: JsonRecord) => [
  { ...record, userAgent: change(agentOf(record)) },
];
const parameters = (record: JsonRecord, changes: JsonRecord) => ({
  ...Object(record["requestParameters"]),
  ...changes,
});

export const trailOddities: Oddities = {
  twice,
  forgedGate: token((agent) => agent.replace(GATE, "guessed-gate")),
  cutToken: token((agent) => agent.slice(0, 60)),
  emptyToken: token(() => "portcullis/1 () curl/8"),
  tokenOfAnother: token((agent) => agent.replace(/; [0-9a-fA-F:.]+; ([\w-]+)\)/, "; 192.0.2.99; $1)")),
  tokenWithoutId: token((agent) => agent.replace(/; [\w=-]+; /, "; -; ")),
  tokenInTheMiddle: token((agent) => `x ${agent}`),
  replayed: (record) => [record, { ...record, eventID: `${record["eventID"]}-2`, errorCode: "BrandNewException" }],
  noErrorCode: changed({ errorCode: undefined, errorMessage: undefined }),
  emptyError: changed({ errorCode: "", errorMessage: "" }),
  codeOnly: changed({ errorCode: "NotAuthorizedException", errorMessage: undefined }),
  noAgent: changed({ userAgent: null }),
  noParameters: changed({ requestParameters: null }),
  parametersAsText: changed({ requestParameters: "HIDDEN_DUE_TO_SECURITY_REASONS" }),
  otherClient: (record) => [{ ...record, requestParameters: parameters(record, { clientId: "2other" }) }],
  challengeAnsweredByItself: (record) => [
    {
      ...record,
      requestParameters: parameters(record, { challengeName: "CUSTOM_CHALLENGE" }),
      responseElements: { challengeName: "CUSTOM_CHALLENGE", challengeParameters: { a: [1, 2.5, null, "\u00fc/"] } },
    },
  ],
  nextChallenge: (record) => [
    {
      ...record,
      requestParameters: parameters(record, { challengeName: "PASSWORD_VERIFIER" }),
      responseElements: { challengeName: "SMS_MFA" },
    },
  ],
  hostedUi: (record) => [
    {
      ...record,
      ...{ eventName: "Login_POST", eventType: "AwsServiceEvent", errorCode: "", errorMessage: "" },
      ...{ requestParameters: null, userAgent: "Mozilla/5.0 (Macintosh)", sourceIPAddress: "198.51.100.60" },
      additionalEventData: {
        responseParameters: { status: 302.0 },
        requestParameters: { client_id: [CLIENT], redirect_uri: ["https://example.com/"], password: ["HIDDEN"] },
        userPoolId: "eu-west-1_Ab12Cd34E",
      },
      serviceEventDetails: { serviceAccountId: "111122223333" },
    },
  ],
  organisationTrail: changed({
    userIdentity: { type: "AWSAccount", accountId: "123456789012", sessionContext: { attributes: {} } },
    recipientAccountId: "123456789012",
    sharedEventID: "shared",
    resources: [{ ARN: "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/x", accountId: "123456789012" }],
    vpcEndpointId: "vpce-1",
    tlsDetails: { tlsVersion: "TLSv1.3", cipherSuite: "TLS_AES_128_GCM_SHA256", clientProvidedHostHeader: "h" },
  }),
  milliseconds: (record) => [{ ...record, eventTime: String(record["eventTime"]).replace("Z", ".750Z") }],
  impossibleTime: (record) => [{ ...record, eventTime: String(record["eventTime"]).replace(/T\d\d/, "T25") }],
  otherService: changed({ eventSource: "kms.amazonaws.com" }),
  calledByAws: changed({ sourceIPAddress: "AWS Internal", userAgent: "AWS Internal" }),
  calledByService: changed({ sourceIPAddress: "lambda.amazonaws.com" }),
  noCaller: changed({ sourceIPAddress: undefined }),
  noEventId: changed({ eventID: "" }),
  noIds: changed({ eventID: undefined, requestID: undefined }),
  numbers: changed({ additionalEventData: { sub: 12345, exact: 9007199254740993n.toString(), flag: true } }),
};

export const cloudFrontOddities: Oddities = {
  twice,
  tooMany: changed({ "sc-status": "429" }),
  gateway: changed({ "sc-status": "502" }),
  gone: changed({ "sc-status": "000" }),
  noId: changed({ "x-edge-request-id": "-" }),
  noAddress: changed({ "c-ip": "-" }),
  noAgent: changed({ "cs(User-Agent)": "-" }),
  noTime: changed({ time: "-" }),
  otherPage: changed({ "cs-uri-stem": "/other" }),
  get: changed({ "cs-method": "GET" }),
  network: changed({ asn: "64500", "c-country": "FR" }),
  unseenByOthers: (record) => [{ ...record, "x-edge-request-id": `${record["x-edge-request-id"]}x` }],
};
