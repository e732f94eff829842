// The texts of the element, in four languages.

const en = {
  pay: "Pay with eCash",
  scan: "or scan with your wallet",
  showCode: "Show code for another device",
  verified: "verified",
  notVerified: "not verified",
  loading: "Loading the payment…",
  silent: "No response from the mint yet. You can pay in your wallet.",
  open: "Nothing is paid until you confirm it in your wallet.",
  waiting: "Waiting for your wallet. This page updates automatically.",
  checking: "The time is up. Checking the payment…",
  paid: "Paid",
  receipt: "Receipt",
  cancelled: "The shop cancelled this payment. Nothing was paid.",
  expired: "This payment has expired. Nothing was paid.",
  error: "This payment cannot be shown.",
  left: "Time left",
  demo: "Play money",
};

type Texts = typeof en;

const all: Record<string, Texts> = {
  en,
  es: {
    pay: "Pagar con eCash",
    scan: "o escanee con su monedero",
    showCode: "Mostrar código para otro dispositivo",
    verified: "verificado",
    notVerified: "no verificado",
    loading: "Cargando el pago…",
    silent: "La casa emisora aún no responde. Puede pagar en su monedero.",
    open: "No se paga nada hasta que lo confirme en su monedero.",
    waiting: "Esperando a su monedero. Esta página se actualiza automáticamente.",
    checking: "Se acabó el tiempo. Comprobando el pago…",
    paid: "Pagado",
    receipt: "Recibo",
    cancelled: "La tienda canceló este pago. No se ha pagado nada.",
    expired: "Este pago ha caducado. No se ha pagado nada.",
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
    loading: "Zahlung wird geladen…",
    silent: "Noch keine Antwort. Bezahlen kannst du in der Wallet.",
    open: "Bezahlt wird erst, wenn du es in der Wallet bestätigst.",
    waiting: "Warten auf die Wallet. Diese Seite aktualisiert sich automatisch.",
    checking: "Die Zeit ist um. Zahlung wird geprüft…",
    paid: "Bezahlt",
    receipt: "Beleg",
    cancelled: "Der Laden hat diese Zahlung abgebrochen. Es wurde nichts bezahlt.",
    expired: "Diese Zahlung ist abgelaufen. Es wurde nichts bezahlt.",
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
    loading: "جارٍ تحميل الدفعة…",
    silent: "لا ردّ بعد. يمكنك الدفع في محفظتك.",
    open: "لن يُدفع شيء قبل أن تؤكّد في محفظتك.",
    waiting: "في انتظار محفظتك. تتحدّث هذه الصفحة تلقائيًا.",
    checking: "انتهى الوقت. جارٍ التحقق من الدفعة…",
    paid: "تم الدفع",
    receipt: "الإيصال",
    cancelled: "ألغى المتجر هذه الدفعة. لم يُدفع شيء.",
    expired: "انتهت مهلة الدفع. لم يُدفع شيء.",
    error: "لا يمكن عرض هذه الدفعة.",
    left: "الوقت المتبقي",
    demo: "نقود تجريبية",
  },
};

/** Returns the texts and the writing direction of a BCP 47 language. Falls back to English. */
export function textsOf(lang: string): { text: Texts; dir: "ltr" | "rtl" } {
  const base = lang.toLowerCase().split("-")[0] ?? "";
  return { text: all[base] ?? en, dir: base === "ar" ? "rtl" : "ltr" };
}
