/** Accounts of people who are not there today: what attackers guess at is real, and nobody who uses the app is locked out. */
const ACCOUNTS = 30;
const names = ["otis", "pia", "quinn", "rosa", "sami", "tess", "uma", "viktor", "wanda", "yuri"] as const;

/** Which account a name of an attacker's list stands for; the same for the same name. Accounts are made when first needed. */
export function createAccounts(add: (name: string) => void | Promise<void>): (user: string) => Promise<string> {
  const accounts = new Map<string, Promise<string>>();
  const made = new Map<string, Promise<string>>();
  const make = async (name: string) => {
    await add(name);
    return name;
  };
  return (user) => {
    const nth = accounts.size % ACCOUNTS;
    const name = `${names[nth % names.length]}.king${nth}@example.com`;
    const account = accounts.get(user) ?? made.get(name) ?? make(name);
    accounts.set(user, account);
    made.set(name, made.get(name) ?? account);
    return account;
  };
}
