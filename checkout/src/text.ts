// The texts of the element, in four languages.

const en = {
  pay: "Pay with eCash",
  scan: "or scan with your wallet",
  showCode: "Show code for another device",
  verified: "verified",
  notVerified: "not verified",
  loading: "Asking for the payment…",
  silent: "No answer from the mint yet. You can pay in your wallet.",
  open: "Nothing is paid before you confirm it in your wallet.",
  waiting: "Waiting for your wallet. This page notices when it is paid.",
  checking: "The time is up. Checking…",
  paid: "Paid",
  receipt: "Receipt",
  cancelled: "The shop cancelled this payment. Nothing was paid.",
  expired: "The time for paying is over. Nothing was paid.",
  error: "This payment cannot be shown.",
  left: "Time left",
  demo: "Play money",
};

type Texts = typeof en;

const all: Record<string, Texts> = {
  en,
  es: {
    pay: "Pagar con eCash",
    scan: "o escanea con tu cartera",
    showCode: "Mostrar código para otro dispositivo",
    verified: "verificado",
    notVerified: "no verificado",
    loading: "Consultando el pago…",
    silent: "La casa emisora aún no responde. Puedes pagar en tu cartera.",
    open: "No se paga nada hasta que lo confirmes en tu cartera.",
    waiting: "Esperando a tu cartera. Esta página sabrá cuándo se ha pagado.",
    checking: "Se acabó el tiempo. Comprobando…",
    paid: "Pagado",
    receipt: "Recibo",
    cancelled: "La tienda canceló este pago. No se ha pagado nada.",
    expired: "El plazo para pagar terminó. No se ha pagado nada.",
    error: "No se puede mostrar este pago.",
    left: "Tiempo restante",
    demo: "Dinero de prueba",
  },
  de: {
    pay: "Mit eCash bezahlen",
    scan: "oder mit der Wallet scannen",
    showCode: "Code für ein anderes Gerät zeigen",
    verified: "geprüft",
    notVerified: "nicht geprüft",
    loading: "Zahlung wird abgefragt…",
    silent: "Noch keine Antwort. Bezahlen können Sie in der Wallet.",
    open: "Bezahlt wird erst, wenn Sie es in der Wallet bestätigen.",
    waiting: "Warten auf die Wallet. Diese Seite merkt, wenn bezahlt ist.",
    checking: "Die Zeit ist um. Wird geprüft…",
    paid: "Bezahlt",
    receipt: "Quittung",
    cancelled: "Der Händler hat die Zahlung storniert. Es wurde nichts bezahlt.",
    expired: "Die Zeit zum Bezahlen ist um. Es wurde nichts bezahlt.",
    error: "Diese Zahlung kann nicht angezeigt werden.",
    left: "Verbleibende Zeit",
    demo: "Spielgeld",
  },
  ar: {
    pay: "ادفع بـ eCash",
    scan: "أو امسح الرمز بمحفظتك",
    showCode: "إظهار الرمز لجهاز آخر",
    verified: "موثَّق",
    notVerified: "غير موثَّق",
    loading: "جارٍ الاستعلام عن الدفعة…",
    silent: "لا ردّ بعد. يمكنك الدفع في محفظتك.",
    open: "لن يُدفع شيء قبل أن تؤكّد في محفظتك.",
    waiting: "في انتظار محفظتك. ستعرف هذه الصفحة عند الدفع.",
    checking: "انتهى الوقت. جارٍ التحقق…",
    paid: "تم الدفع",
    receipt: "الإيصال",
    cancelled: "ألغى المتجر هذه الدفعة. لم يُدفع شيء.",
    expired: "انتهت مهلة الدفع. لم يُدفع شيء.",
    error: "لا يمكن عرض هذه الدفعة.",
    left: "الوقت المتبقي",
    demo: "نقود تجريبية",
  },
};

/** Returns the texts of a BCP 47 language, English for one that is not there, and the direction of its writing. */
export function textsOf(lang: string): { text: Texts; dir: "ltr" | "rtl" } {
  const base = lang.toLowerCase().split("-")[0] ?? "";
  return { text: all[base] ?? en, dir: base === "ar" ? "rtl" : "ltr" };
}
