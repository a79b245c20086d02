// Prints, as JSON, what two packs of cdk-nag find in each template that is named as an argument, suppressed or not.
// https://github.com/cdklabs/cdk-nag#using-on-cloudformation-templates
const { App, Stack } = require("aws-cdk-lib");
const { CfnInclude } = require("aws-cdk-lib/cloudformation-include");
const { AwsSolutionsChecks, ServerlessChecks } = require("cdk-nag");

const findings = [];

for (const file of process.argv.slice(2)) {
  const record = ({ resource, ruleId, findingId, ruleInfo, errorMessage }) =>
    findings.push({ file, place: resource.node.id, rule: ruleId, part: findingId ?? "", message: errorMessage ?? ruleInfo });
  const logger = {
    onCompliance() {},
    onNotApplicable() {},
    onNonCompliance: record,
    onSuppressed: record,
    onError: record,
    onSuppressedError: record,
  };
  const stack = new Stack(new App());
  new CfnInclude(stack, "Template", { templateFile: file });
  for (const Pack of [AwsSolutionsChecks, ServerlessChecks]) {
    const pack = new Pack({ reports: false, additionalLoggers: [logger] });
    stack.node.findAll().forEach((node) => pack.visit(node));
  }
}

console.log(JSON.stringify(findings));
