// What structured output is read into.
import { z } from "zod";

export const Contact = z.object({
  name: z.string(),
  email: z.string(),
  iban: z.string(),
  phone: z.string(),
});
