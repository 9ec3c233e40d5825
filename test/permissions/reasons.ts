/** Why a permission may stand in the templates though no scenario uses it. */
export interface Reason {
  /** Lines of the form `role action resource`. */
  readonly permissions: RegExp;
  readonly why: string;
}

export const reasons: readonly Reason[] = [
  {
    permissions: /^\S+ logs:(CreateLogGroup|CreateLogStream|PutLogEvents) \S+:log-group:/,
    why: "Lambda writes a function's log in the function's name; the local world shows it as events.",
  },
  {
    permissions: /^workflow\w+ (logs|xray):\w+ \*$/,
    why: "Step Functions writes logs and traces in the machine's name, which the local world does not.",
  },
  {
    permissions: /^(workflow\w+ glue:\w+ \S+:(catalog|database\/\S+|table\/\S+)|doctor glue:GetPartitions \*)$/,
    why: "Glue asks for the catalogue and the database of each table, too, and Athena asks it for partitions as it likes.",
  },
  {
    permissions: /^workflow\w+ athena:(GetDataCatalog \S+|\w+ \S+:datacatalog\/AwsDataCatalog)$/,
    why: "AWS's policy for queries that are waited for has them; the local Athena has one catalogue.",
  },
  {
    permissions:
      /^workflow\w+ s3:(GetBucketLocation|GetObject|AbortMultipartUpload|ListMultipartUploadParts|ListBucketMultipartUploads|ListBucket) \S+$/,
    why: "Athena reads and writes large files in parts, and asks where buckets are: AWS's policy for queries has all of it.",
  },
  {
    permissions:
      /^\w*(logstream|stream)\w* s3:(AbortMultipartUpload|GetBucketLocation|ListBucket|ListBucketMultipartUploads) \S+$/,
    why: "Firehose's own documentation asks for them with any bucket; the local one only puts objects.",
  },
  {
    permissions: /^fasttrail\w* firehose:PutRecordBatch \S+$/,
    why: "EventBridge's own documentation asks for it beside PutRecord; the local one puts records one by one.",
  },
  {
    permissions: /^(triggers|forwarding)\w* sqs:SendMessage \S+-dead-letters$/,
    why: "A schedule writes a dead letter where its target cannot be started; test/local/scheduler.test.ts has that.",
  },
  {
    permissions: /^functions\w+ s3:ListBucket \S+-evidence-\d+$/,
    why: "Without it S3 says 403 instead of 404 of an object that is not there; scenarios lose no object.",
  },
  {
    permissions:
      /^functionssensors (cognito-idp:GetWebACLForResource \S+|wafv2:GetWebACLForResource \S+:regional\/webacl\/\S+)$/,
    why: "AWS wants the action of both services, and on the web ACL as well as on the pool; the local WAF asks for the pool.",
  },
  {
    permissions: /^functionsapply dynamodb:BatchGetItem \S+$/,
    why: "Read only if a set holds a line that is nobody's ban, or if bans would lock out many: see test/block.",
  },
  {
    permissions: /^functionssweep s3:PutObject \S+\/bans\/\*$/,
    why: "Written when the sweep adopts a line that a person has put into a machine-owned set: see test/block.",
  },
  {
    permissions:
      /^functionssweep (dynamodb:UpdateItem|s3:(GetObject|PutObject)|sns:Publish|states:(SendTaskSuccess|StartExecution)) \S+$/,
    why: "The sweep takes up what executions that died have left, what SNS had not taken, and proposals whose sources are banned by now: see test/block/faults.",
  },
  {
    permissions: /^functionsnotify dynamodb:(PutItem|UpdateItem) \S+$/,
    why: "Written where SNS does not take a notice, or where a run dies beside an open proposal: see test/block/faults.",
  },
  {
    permissions: /^edge cognito-idp:AdminRespondToAuthChallenge \S+$/,
    why: "Asked where a sign-in of AdvancedSecurityEnabled meets a challenge: see test/edge/variants.test.ts.",
  },
];
