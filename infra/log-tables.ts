/** Columns of the logs as AWS writes them (Hive types), for the Glue tables. */
export type Columns = Readonly<Record<string, string>>;

const terminating = "struct<conditiontype:string,sensitivitylevel:string,location:string,matcheddata:array<string>>";
const ruleMatch = `struct<ruleid:string,action:string,rulematchdetails:array<${terminating}>>`;

/** AWS WAF log. `clientasn` stays null unless a rule matches on an ASN, `ja4fingerprint` on the pool's web ACL. */
export const wafColumns: Columns = {
  timestamp: "bigint",
  formatversion: "int",
  webaclid: "string",
  terminatingruleid: "string",
  terminatingruletype: "string",
  action: "string",
  terminatingrulematchdetails: `array<${terminating}>`,
  httpsourcename: "string",
  httpsourceid: "string",
  rulegrouplist: `array<struct<rulegroupid:string,terminatingrule:${ruleMatch},nonterminatingmatchingrules:array<${ruleMatch}>,excludedrules:string>>`,
  ratebasedrulelist:
    "array<struct<ratebasedruleid:string,ratebasedrulename:string,limitkey:string,maxrateallowed:int,evaluationwindowsec:string,customvalues:array<struct<key:string,name:string,value:string>>>>",
  nonterminatingmatchingrules: `array<${ruleMatch}>`,
  requestheadersinserted: "array<struct<name:string,value:string>>",
  responsecodesent: "string",
  httprequest:
    "struct<clientip:string,country:string,headers:array<struct<name:string,value:string>>,uri:string,args:string,httpversion:string,httpmethod:string,requestid:string,fragment:string>",
  labels: "array<struct<name:string>>",
  captcharesponse: "struct<responsecode:string,solvetimestamp:string,failurereason:string>",
  challengeresponse: "struct<responsecode:string,solvetimestamp:string,failurereason:string>",
  ja3fingerprint: "string",
  ja4fingerprint: "string",
  oversizefields: "string",
  requestbodysize: "int",
  requestbodysizeinspectedbywaf: "int",
  clientasn: "int",
  forwardedasn: "int",
};

const issuer = "struct<type:string,principalid:string,arn:string,accountid:string,username:string>";
const attributes = "struct<mfaauthenticated:string,creationdate:string>";

/** CloudTrail, one row a record; objects without a fixed shape stay JSON text. */
export const cloudTrailColumns: Columns = {
  eventversion: "string",
  useridentity: `struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,username:string,sessioncontext:struct<attributes:${attributes},sessionissuer:${issuer}>>`,
  eventtime: "string",
  eventsource: "string",
  eventname: "string",
  awsregion: "string",
  sourceipaddress: "string",
  useragent: "string",
  errorcode: "string",
  errormessage: "string",
  requestparameters: "string",
  responseelements: "string",
  additionaleventdata: "string",
  requestid: "string",
  eventid: "string",
  readonly: "string",
  resources: "array<struct<arn:string,accountid:string,type:string>>",
  eventtype: "string",
  recipientaccountid: "string",
  serviceeventdetails: "string",
  sharedeventid: "string",
  vpcendpointid: "string",
  tlsdetails: "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>",
};

/** The same record as EventBridge brings it: what is text, so that nothing in it can fail to fit its column. */
export const fastTrailColumns: Columns = Object.fromEntries(
  Object.entries(cloudTrailColumns).filter(([, type]) => type === "string"),
);

/** The fields asked of CloudFront, by the names of its API. `asn` is not among the defaults and must be asked for. */
export const cloudFrontFields = [
  "date",
  "time",
  "x-edge-location",
  "sc-bytes",
  "c-ip",
  "cs-method",
  "cs(Host)",
  "cs-uri-stem",
  "sc-status",
  "cs(Referer)",
  "cs(User-Agent)",
  "cs-uri-query",
  "cs(Cookie)",
  "x-edge-result-type",
  "x-edge-request-id",
  "x-host-header",
  "cs-protocol",
  "cs-bytes",
  "time-taken",
  "x-forwarded-for",
  "ssl-protocol",
  "ssl-cipher",
  "x-edge-response-result-type",
  "cs-protocol-version",
  "fle-status",
  "fle-encrypted-fields",
  "c-port",
  "time-to-first-byte",
  "x-edge-detailed-result-type",
  "sc-content-type",
  "sc-content-len",
  "sc-range-start",
  "sc-range-end",
  "asn",
  "c-country",
] as const;

/** In Parquet every value is text, and `cs(User-Agent)` is called `cs_user_agent`. */
export const cloudFrontColumns: Columns = Object.fromEntries(
  cloudFrontFields.map((field) => [field.toLowerCase().replaceAll(/[-(]/g, "_").replaceAll(")", ""), "string"]),
);
