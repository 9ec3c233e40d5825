/** `portcullis cost`: what a deployment would cost a month, line by line. */
import { PRICES_OF, unitPrices } from "../functions/domain/unit-prices.ts";
import type { CostFlags } from "./commands/setting-up.ts";
import { estimate, totalOf } from "./cost-estimate.ts";
import { readConfig } from "./documents.ts";
import { printJson, printText } from "./output.ts";
import { formatTable } from "./table.ts";

export async function cost({ callsPerMonth, config, json }: CostFlags): Promise<void> {
  const lines = estimate(readConfig(config), callsPerMonth);
  const total = totalOf(lines);
  if (json) return printJson({ callsPerMonth, pricesOf: PRICES_OF, usd: round(total), lines: lines.map(rounded) });
  const rows = lines.map(({ what, price, quantity, usd }) => {
    const { unit, service } = unitPrices[price];
    const amount = quantity.toLocaleString("en-US", { maximumFractionDigits: quantity < 100 ? 2 : 0 });
    return [usd.toFixed(2), what, amount, unit, service];
  });
  const head = [{ title: "USD", right: true as const }, "what", { title: "amount", right: true as const }];
  const table = formatTable(
    [...head, { title: "of", wraps: true }, { title: "service", drop: 1 }],
    [...rows, [total.toFixed(2), "in all"]],
  );
  const notes = `US dollars a month at the prices of ${PRICES_OF} in us-east-1, unverified, without free tiers, tax and Cognito itself.`;
  await printText([table, "", notes].join("\n"));
}

const round = (usd: number) => Math.round(usd * 100) / 100;
const rounded = <T extends { readonly usd: number }>(line: T) => ({ ...line, usd: round(line.usd) });
