import { readAssembly } from "../../local/template.ts";
import {
  aDeployment,
  anAssembly,
  named,
  only,
  type Properties,
  roleOf,
  statementsOf,
  synthesised,
} from "./builders.ts";

describe("people who decide by command", () => {
  const assembly = anAssembly({ approval: { method: "commands" } });

  test("have no public page, and nothing of it is deployed", () => {
    expect(assembly.ofType("AWS::Lambda::Url")).toEqual([]);
    expect(assembly.ofType("AWS::Lambda::Function").map(({ name }) => name)).not.toContain("portcullis-approval");
    expect(assembly.outputs.map(({ key }) => key)).not.toContain("ApprovalUrl");
  });

  test("are told the command: the function that asks knows that there is no page", () => {
    const { Environment } = named(assembly, "AWS::Lambda::Function", "portcullis-ask").properties;
    expect(Environment.Variables.APPROVAL_URL).toBe("-");
  });
});

describe("a Slack channel", () => {
  const channel = { workspaceId: "T012ABCDEFG", channelId: "C012ABCDEFG" };
  // With CDK's own checks and cdk-nag.
  const assembly = readAssembly(synthesised(aDeployment({ approval: { slack: [channel] } }), { checked: true }));
  const { properties } = only(assembly, "AWS::Chatbot::SlackChannelConfiguration");

  test("gets the notices of the one topic", () => {
    expect(properties).toMatchObject({
      ConfigurationName: "portcullis-C012ABCDEFG",
      SlackWorkspaceId: "T012ABCDEFG",
      SlackChannelId: "C012ABCDEFG",
      SnsTopicArns: [only(assembly, "AWS::SNS::Topic").arn],
    });
  });

  test("may do nothing on AWS, whoever types a command there", () => {
    expect(properties.GuardrailPolicies).toEqual(["arn:aws:iam::aws:policy/AWSDenyAll"]);
    expect(statementsOf(assembly, properties.IamRoleArn)).toEqual([]);
    const role: Properties = roleOf(assembly, properties.IamRoleArn).properties;
    expect(role.ManagedPolicyArns).toBeUndefined();
  });
});
