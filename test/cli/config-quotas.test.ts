import { asConfig } from "../../cli/config-quotas.ts";

test("what Cognito names is taken, and where it names nothing the config's figure stays", () => {
  expect(
    asConfig([
      { category: "UserAuthentication", configured: 120, provisioned: 300 },
      { category: "UserToken", configured: 150, provisioned: null },
    ]),
  ).toEqual({ UserAuthentication: 300, UserToken: 150 });
});
