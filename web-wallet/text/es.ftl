# Español. Los mismos textos que en.ftl; una prueba compara nombres y variables.

### La página

app = Monedero eCash
opening = Abriendo el monedero…
back = Atrás
settings = Ajustes
done = Listo
try-again = Reintentar
demo = demo
saving = Guardando…
cancel = Cancelar
progress = Progreso
copy = Copiar
copied = Copiado
elsewhere-title = El monedero está abierto en otra pestaña
elsewhere = Solo una pestaña puede usar el monedero a la vez, para que ningún dinero se gaste dos veces.
elsewhere-old = Solo una pestaña puede usar el monedero a la vez, para que ningún dinero se gaste dos veces. La otra pestaña usa una versión anterior: ciérrela o recárguela, y esta tomará el relevo.
elsewhere-take-over = Usar el monedero aquí
elsewhere-taking-over = Preguntando a la otra pestaña…
broken-title = No se puede abrir el almacenamiento del monedero
not-connected = Conectando con la casa de moneda…
offline = No se puede contactar con la casa de moneda. Su dinero está a salvo en este dispositivo.

### Bienvenida

welcome-title = Efectivo, en este dispositivo
welcome = Retire efectivo digital, pague justo, reciba cambio. Quién paga a quién queda en privado, también para la casa de moneda.
welcome-mint = Casa de moneda
create-wallet = Crear un monedero
restore-wallet = Recuperar un monedero
wallet-elsewhere = ¿Su monedero está en otro sitio?
wallet-elsewhere-hint = En otro navegador, en la aplicación o en otro dispositivo: escanee allí este código, o copie el enlace y péguelo donde paga.
wallet-elsewhere-code = Enlace del pago como código
wallet-elsewhere-link = Enlace

### Recuperar

restore-hint = Escriba sus 12 palabras de recuperación en orden. El monedero recupera entonces su dinero de esta casa de moneda.
restore-words = Palabras de recuperación
restore-by-file = Restaurar desde un archivo de copia
restore-by-phrase = Restaurar con las palabras de recuperación
restore-file = Archivo de copia de seguridad
restore-file-hint = Elija su archivo de copia e introduzca su contraseña. El monedero restaura entonces su dinero desde esta casa de moneda y su historial desde el archivo.
restore-file-missing = Elija primero un archivo de copia. No se cambió nada.
phrase-count = { $count } de 12 palabras
phrase-meant = La palabra { $number } no está en la lista. ¿Es una de estas?
phrase-unknown = La palabra { $number } no está en la lista. Compruebe la ortografía.
restore = Recuperar
restored-title = Recuperado
restored = { $amount } están de nuevo en este dispositivo.
nothing-found-title = No se encontró nada
nothing-found = Esta casa de moneda nunca firmó efectivo para estas palabras. No se cambió nada. Compruebe que las palabras y su orden son correctos, y que es la casa de moneda correcta.
nothing-found-by-file = Esta casa de moneda nunca firmó efectivo para las palabras de recuperación de este archivo. El historial está restaurado. Compruebe que sean el archivo y la casa de moneda correctos.
correct-file = Elegir otro archivo
correct-phrase = Corregir las palabras
use-empty-wallet = Usar este monedero vacío
use-other-phrase = Usar otras palabras de recuperación
other-wallet-title = Ya hay un monedero en este dispositivo
other-wallet-empty = Hay otro monedero en este dispositivo. No se cambió nada.
other-wallet = Hay otro monedero en este dispositivo. Tiene aquí { $amount } y quizá dinero en su cuenta. No se cambió nada.
other-wallet-hint = Para usar otras palabras, quite primero este monedero. Sus propias palabras lo recuperan después, aquí o en otro sitio: anótelas antes de quitarlo, o su dinero se pierde.
other-wallet-show = Mostrar sus palabras
remove-wallet = Quitar este monedero
keep-wallet = Conservar este monedero

### Efectivo en espera

cash-waits = Hay efectivo por recibir. Está guardado en este dispositivo.
cash-waits-for-wallet = Hay efectivo para usted. Está guardado en este dispositivo; cree o recupere un monedero para recibirlo.
cash-waits-elsewhere = Hay efectivo en espera. Está guardado en este dispositivo: recíbalo en la pestaña que tiene el monedero, o use el monedero aquí.
cash-waits-in-address = Hay efectivo en espera y este navegador no puede guardarlo. Conserve el enlace hasta haberlo recibido.
receive-it = Recibirlo
remove-text = Quitar este texto de este dispositivo

### Inicio

balance = En este dispositivo
pay = Pagar
receive = Recibir
withdraw = Retirar
denominations = Piezas
activity = Actividad
no-activity = Aún no hay actividad. Retire algo de efectivo para empezar.
today = Hoy
yesterday = Ayer
exchanges = { $count ->
        [one] Un canje para tener cambio
       *[other] { $count } canjes para tener cambio
    }
search-activity = Buscar en la actividad
nothing-found = No se encontró nada
empty-wallet = El monedero está vacío.
tokens =
    { $count ->
        [one] 1 pieza de { $denomination }
       *[other] { $count } piezas de { $denomination }
    }
to-renew = { $amount } son antiguos y se están renovando; después podrá gastarlos.
revoked = { $amount } no se pueden gastar ahora: robaron las claves de la casa de moneda para ellos. Siguen siendo suyos. Cámbielos por efectivo nuevo; la casa de moneda podrá saber entonces cuándo y de qué cuenta o pago los obtuvo.
recover = Cambiar por efectivo nuevo
keys-replaced = La casa de moneda cambió sus claves el { $date }. Su dinero está a salvo: el monedero lo cambia automáticamente.
expired = { $amount } no se usaron en más de dos años y han caducado.
given = { $amount } están entregados y aún no se han recibido; vea la actividad.
leaving = { $amount } están reservados para un pago que aún no se ha hecho; vea la actividad.
arriving = { $amount } están en camino a este dispositivo.
disputed-amount = La casa de moneda firmó mal { $amount } y están en disputa; vea la actividad.

### Copia de seguridad

backup-prompt-title = Asegure su dinero
backup-prompt = Solo está en este dispositivo. Doce palabras de recuperación lo devuelven si pierde el dispositivo o se borran los datos del navegador. Anotarlas lleva un minuto.
backup-now = Asegurar
backup-later = Más tarde
backup-safe = Con copia de seguridad: este dinero se puede restaurar si se pierde el dispositivo.
backup-missing = Sin asegurar: este dinero solo está en este dispositivo.
backup-title = Sus palabras de recuperación
backup-hint = Escriba estas 12 palabras en papel, en este orden, y guárdelas donde solo usted las encuentre. Quien las tenga tiene su dinero; sin ellas se pierde con este dispositivo.
backup-copied = Copiadas. Guárdelas solo donde nadie más pueda leerlas, como un gestor de contraseñas.
backup-copy-failed = Este navegador no permitió copiar: escriba las palabras en papel.
backup-written = Ya las he anotado
backup-check-title = Confirme dos palabras
backup-check-hint = Para estar seguros de que lo anotado recupera su dinero, escriba estas dos palabras.
backup-word = Palabra { $number }
backup-check = Comprobar
backup-wrong = Estas palabras no coinciden. Compruebe lo que anotó, o vea las palabras otra vez.
backup-show-again = Ver las palabras otra vez
backup-done = Asegurado
backup-done-hint = Si pierde este dispositivo, elija «Recuperar un monedero» en otro y escriba sus palabras de recuperación.
backup-file-title = Archivo de copia de seguridad
backup-file-hint = Un archivo cifrado con sus palabras de recuperación y su historial. Restaura todo el dinero, también el que reciba más tarde. Sin su contraseña no sirve: la contraseña no se puede restablecer.
backup-file-make = Crear un archivo de copia
backup-file-passphrase = Contraseña del archivo
backup-file-again = Repita la contraseña del archivo
backup-file-encrypt = Cifrar
backup-file-encrypting = Cifrando…
backup-file-ready = El archivo está cifrado. Guárdelo fuera de este dispositivo, por ejemplo en otro ordenador o en la nube.
backup-file-saved = Lo he guardado
backup-file-kept = Con copia de seguridad en un archivo. Cree uno nuevo de vez en cuando, para que contenga su historial más reciente.

### Retirar

withdraw-title = Retirar efectivo
account-holds = Su cuenta tiene { $amount }
account-loading = Cargando su cuenta…
amount = Importe
withdraw-amount = Retirar { $amount }
withdraw-and-pay = Retirar { $amount } y pagar
withdraw-and-pay-hint = Pagar en el mismo minuto el importe que retira hace más fácil reconocer el pago. Retirar más antes lo oculta mejor.
withdraw-more = Retirar más primero
withdrawn = El efectivo está en este dispositivo

### Dar

give = Dar
give-title = Dar efectivo
give-memo = Mensaje (opcional)
give-hint = Recibe un código y un texto para entregar. Quien lo reciba primero obtiene el dinero, así que envíelo en privado. Hasta entonces puede recuperarlo.
give-amount = Dar { $amount }
all-amount = Todo: { $amount }
gift-waits = { $amount } están listos para recibirse. Quien abra primero el código, el enlace o el texto obtiene el dinero.
gift-code = Código por valor de { $amount }
gift-too-long-for-code = Son demasiadas piezas para un código: comparta el enlace o el archivo.
gift-text = Efectivo como texto
share = Compartir
copy-link = Copiar enlace
copy-text = Copiar texto
save-file = Guardar como archivo
gift-link-copied = El enlace está copiado. Vale dinero: péguelo solo donde únicamente el destinatario pueda leerlo.
gift-text-copied = El texto está copiado. Vale dinero: péguelo solo donde únicamente el destinatario pueda leerlo.
gift-copy-failed = Este navegador no permitió copiar. Seleccione el texto de arriba y cópielo.
gift-check = Comprobar si se ha recibido
gift-not-taken = Aún no se ha recibido.
gift-not-known = La casa de moneda no puede decir si se recibió. Recupérelo para saberlo.
gift-take-back = Recuperarlo
gift-was-taken = Ya se había recibido. Nada más ha cambiado.

### Pagar

pay-title = Pagar a un comercio
merchant = Comercio
remains = Queda en este dispositivo
remains-amount = Queda en este dispositivo: { $amount }
balance-amount = En este dispositivo: { $amount }
pay-amount = Pagar { $amount }
paid = Pagado
transaction = Operación
earlier-payment-made = Su pago anterior de { $amount } a { $merchant } se hizo. No se pagó nada nuevo. Pague otra vez solo si quiere pagar por segunda vez.

### Pagar en una tienda

merchant-hint = O pegue un enlace de pago.
link-amount = Escriba el importe que quiera.
link-note = Mensaje (opcional)
link-note-hint = La casa de moneda también puede leerlo: no escriba nombres.
guest-title = Pagar con efectivo como texto
guest-hint = Pegue un texto que empiece por ecash1 y valga exactamente { $amount }. No hace falta monedero. No es posible un reembolso, porque ningún monedero puede recibirlo.
guest-receipt = Guarde el recibo: este dispositivo no guarda el pago.
guest-over = Este pago ha terminado. No se gastó nada: pida otro a la tienda.
details = Lo que compra
details-seller = Vendedor
details-note = Nota
details-tax = Impuesto: { $tax }
details-private = Solo usted y la tienda pueden leer esto, no la casa de moneda.
checkout-title = Pagar en una tienda
checkout-loading = Cargando el pago…
checkout-for = Por
checkout-until = Pagar hasta
checkout-verified = La casa de moneda ha verificado esta dirección.
checkout-not-verified = Sin verificar: la casa de moneda no ha comprobado quién usa este nombre.
checkout-came-from = Viene de { $origin }.
checkout-came-from-other = Viene de { $from }, que no es { $shop }. Pague solo si está seguro de que compra allí.
checkout-came-from-nowhere = Abierto desde un enlace o un código. Pague solo si compra en { $shop }.
checkout-paid-title = Pagado
checkout-paid-by-you = Usted ya ha pagado esto: { $amount }. No se paga por segunda vez.
checkout-paid-elsewhere = Ya se pagó desde otro monedero. De este no salió nada.
checkout-cancelled-title = Cancelado
checkout-cancelled = La tienda canceló este pago. Su dinero está en este dispositivo; pida un pago nuevo a la tienda.
checkout-expired-title = Caducado
checkout-expired = Este pago ha caducado. Su dinero está en este dispositivo; pida un pago nuevo a la tienda.
checkout-damaged-title = Este enlace está dañado
checkout-damaged = No nombra ningún pago. No se pagó nada. Ábralo otra vez desde la página de la tienda.
checkout-gone-title = Aquí no hay ningún pago abierto
checkout-gone = La página se recargó o el pago terminó. Ábralo otra vez desde la página de la tienda; nada se paga nunca dos veces.
tip = Propina
no-tip = Sin propina
tip-percent = { $percent } %: { $amount }
tip-limit = Hasta { $amount }
tip-too-large = La propina puede ser como máximo { $amount }. No se envió nada.
back-to-shop = Volver a la tienda
receipt-verified = Recibo comprobado: la casa de moneda ha firmado que usted pagó esto.
receipt-save = Guardar el recibo
receipt-missing = La casa de moneda no envió recibo. El pago se hizo; su número de operación es su prueba.
receipt-not-signed = El recibo no está firmado con las claves de esta casa de moneda, así que no prueba nada. El pago se hizo; dé al operador de la casa de moneda el número de operación.
receipt-differs = El recibo no coincide con lo que usted pagó, así que no se fíe de él. El pago se hizo; dé al operador de la casa de moneda el número de operación.
payer-proof-open = Demostrar que usted pagó
payer-proof-hint = Para un cambio o una garantía, una tienda puede pedir una prueba de que usted pagó. Pegue su pregunta. La respuesta demuestra a { $shop } que usted pagó y no revela nada más de usted. La tienda puede mostrarla a otros.
payer-proof-question = La pregunta de la tienda
payer-proof-make = Crear la respuesta
payer-proof-made = Dé esto a la tienda que preguntó.
payer-proof-answer = Su respuesta para la tienda
payment-waits = Un pago le espera.
payment-waits-for-wallet = Un pago le espera. Cree o recupere un monedero para pagarlo.
payment-waits-elsewhere = Un pago le espera. Use el monedero aquí para pagarlo.
payment-continue = Continuar

### Reembolsos

refund-title = Reembolso
refund-loading = Cargando el reembolso…
refund-none = La tienda no ha reembolsado este pago.
refund-claim = Cobrar { $amount }
refund-continue = Cobrar el reembolso
refund-open = Le espera
refund-claimed = Cobrado
refund-returned = Devuelto a la tienda
refund-found = Una tienda le ha enviado un reembolso.
refund-waits = Un reembolso le espera.
refund-waits-for-wallet = Un reembolso le espera. Recupere el monedero que pagó para cobrarlo.
refund-waits-elsewhere = Un reembolso le espera. Use el monedero aquí para cobrarlo.

### Recibir

receive-title = Recibir efectivo
receive-hint = Pegue el texto que empieza por ecash1. El monedero cambia el efectivo al momento, para que nadie más pueda gastarlo.
receive-text = Efectivo como texto
preview-from = de { $mint }. Recíbalo para que sea suyo.
preview-own = Esto lo entregó usted mismo. Recíbalo para recuperarlo.
received-title = Recibido
received = { $amount } ya son suyos.
received-partly = { $amount } ya son suyos. { $lost } ya se habían gastado.

### Actividad

detail-title = Detalles
detail-when = Cuándo
detail-state = Estado
detail-memo = Mensaje
detail-shop = Tienda, verificada
detail-reason = Motivo
detail-gone = Esta actividad no está en este dispositivo.
kind-withdraw = Retirado de la cuenta
kind-pay = Pago
kind-receive = Recibido
kind-change = Cambio
kind-refresh = Renovado
kind-restore = Recuperado
kind-refund = Reembolsado
kind-give = Entregado
kind-take-back = Vuelto a tomar
payment-to = Pago a { $merchant }
state-pending = Esperando a la casa de moneda
state-given = Aún no recibido
state-done = Hecho
state-cancelled = Cancelado
state-failed = Fallido
state-disputed = En disputa
reason-signed-elsewhere = Otro dispositivo con las mismas palabras usó el mismo efectivo
not-paid-yet = Aún no pagado
not-paid-yet-known = La casa de moneda no respondió. { $amount } están reservados.
not-paid-yet-if-paid = Si el pago se hizo, cualquiera de los botones lo muestra como hecho. Nunca paga dos veces.
not-paid-yet-if-not = Si no, puede intentarlo otra vez, o cancelar y recuperar el dinero.
not-paid-yet-default = Si no hace nada, el monedero cancela el pago no hecho cuando vuelva a contactar con la casa de moneda.
try-to-pay-again = Intentar pagar otra vez
cancel-payment = Cancelar el pago
finish-now = Terminar ahora
disputed = La casa de moneda aceptó esto y firmó mal una parte del efectivo. Lo bien firmado está en su monedero. Falta el resto: pregunte otra vez a la casa de moneda, o envíe su respuesta, que es la prueba, a su operador.
ask-again = Preguntar otra vez
links-title = Enlaces de pago
links-hint = Algunas tiendas ofrecen enlaces que cualquier monedero puede abrir. Este navegador puede abrirlos aquí.
links-offered = Permítalo cuando el navegador lo pida. Después abrirá aquí esos enlaces.
links-impossible = Este navegador no lo admite. Copie el enlace de la tienda y péguelo donde paga.
links-open-here = Abrir aquí los enlaces de pago
copy-evidence = Copiar la prueba
other-keys-evidence = La prueba contiene las claves que ven la tienda y este monedero, e identifica este pago. Envíela a un auditor.
keys-evidence-hint = Esta casa de moneda mostró una vez claves distintas de las anteriores. La prueba no contiene nada de su monedero: envíela al operador o a un auditor.

### Contraseña

passphrase = Contraseña
passphrase-hint = Quien tenga este dispositivo puede gastar su dinero. Con una contraseña, el monedero la pide al abrirse y tras cinco minutos sin uso.
passphrase-only-words = Si la olvida, solo sus palabras de recuperación abren el monedero.
passphrase-no-backup = Si la olvida, solo sus palabras de recuperación abren el monedero: anótelas antes.
passphrase-new = Contraseña nueva
passphrase-again = Repita la contraseña nueva
passphrase-current = Contraseña actual
passphrase-set = Poner una contraseña
passphrase-is-set = El monedero pide su contraseña al abrirse y tras cinco minutos sin uso.
passphrase-change = Cambiar la contraseña
passphrase-remove = Quitar la contraseña
passphrase-differ = Las dos contraseñas no coinciden. No se cambió nada.
passphrase-saved = La contraseña está puesta.
passphrase-removed = La contraseña se quitó.
lock-now = Bloquear ahora
locked-title = El monedero está bloqueado
locked-hint = Su dinero está en este dispositivo. La contraseña abre el monedero.
unlock = Desbloquear
unlocking = Desbloqueando…
forgot-passphrase = Olvidé la contraseña
forgot-title = Abrir con sus palabras de recuperación
forgot-hint = Escriba las palabras de recuperación de este monedero. Lo abren con todo lo que contiene y quitan la contraseña.
use-passphrase = Usar la contraseña

### Ajustes

phrase-title = Palabras de recuperación
phrase-hint = Quien tenga estas 12 palabras tiene su dinero. Escríbalas en papel; recuperan el monedero si pierde este dispositivo.
phrase-show = Mostrar las palabras
phrase-hide = Ocultar las palabras
mint-title = Casa de moneda
mint-address = Dirección
mint-name = Institución
storage-title = Almacenamiento
storage-kept = El navegador conserva este monedero hasta que usted lo quite.
storage-loose = El navegador puede borrar este monedero cuando falte espacio. Conserve las palabras de recuperación.
storage-asking = Preguntando al navegador…
language-title = Idioma

### Progreso

stage-checking-keys = Comprobando las claves de la casa de moneda…
stage-preparing = Preparando el efectivo…
stage-waiting = Esperando a la casa de moneda… Si esta página se cierra ahora, no se pierde nada.
stage-finishing = Guardando el efectivo en este dispositivo…
stage-searching = Buscando su dinero…

### Errores de este dispositivo

error-store-failed = Falló el almacenamiento del monedero; no se envió nada. Libere espacio y reintente. ({ $detail })
error-store-taken-over = Otra pestaña ha tomado el control del monedero y continúa la operación. Esta pestaña no hizo más cambios.
error-store-locked = El monedero está abierto en otro sitio. No se envió nada.
error-store-newer = Este monedero se usó con una versión más nueva de esta página. No se cambió nada. Recargue la página.
error-store-corrupt = El almacenamiento del monedero está dañado; no se envió nada. Recupere el monedero con sus palabras. ({ $detail })
error-store-after-sending = La solicitud se envió, pero este dispositivo no pudo guardar el resultado. No se perdió nada. No lo repita: libere espacio y abra el monedero otra vez, y comprobará qué pasó.
error-entropy = Este dispositivo no pudo generar números aleatorios; no se envió nada. Reinicie el navegador y reintente.
error-locked = El monedero está bloqueado. Escriba la contraseña para abrirlo.
error-does-not-open = Contraseña o palabras de recuperación incorrectas. No se cambió nada: inténtelo de nuevo.
error-backup-file = Este no es un archivo de copia de esta versión del monedero. No se cambió nada: elija otro archivo.
error-passphrase-short = Una contraseña debe tener al menos { $min } caracteres. No se cambió nada.
error-stretch = Este dispositivo no pudo comprobar la contraseña, por falta de memoria o de red. No se cambió nada: cierre otras aplicaciones e inténtelo de nuevo.
error-no-wallet = Aún no hay un monedero en este dispositivo.
error-wallet-exists = Ya hay un monedero en este dispositivo; no se cambió nada.
error-other-wallet = Hay otro monedero en este dispositivo y se ha usado; no se cambió nada.
error-unfinished-receipt = El efectivo que recibió aún no está asegurado; no se quitó nada. Abra el monedero cuando la casa de moneda responda, y quítelo entonces.
error-no-mint = El monedero aún no está conectado con la casa de moneda; no se envió nada. Reintente.
error-other-origin = Este monedero pertenece a la casa de moneda { $origin }; no se envió nada.
error-counters-exhausted = Hay demasiadas operaciones sin terminar; no se envió nada. Deje que terminen primero.
error-plan-ended = Esta operación ya ha terminado.

### Errores de lo escrito

error-phrase-length = Las palabras de recuperación son 12. No se cambió nada.
error-phrase-word = La palabra { $number } no está en la lista de palabras de recuperación. No se cambió nada.
error-phrase-checksum = Estas palabras de recuperación no son válidas; compruebe su orden y ortografía. No se cambió nada.
error-insufficient-funds = El monedero tiene { $available }, menos que los { $wanted } pedidos.
error-not-payable = { $amount } no se pueden pagar con las piezas de esta casa de moneda. No se envió nada.
error-sum-too-large = El monedero contiene más de lo que puede contar. No se cambió nada.
error-too-many-tokens = Esto necesita más de { $max } piezas a la vez; no se envió nada. Use un importe menor.
error-not-a-bundle = Esto no es efectivo: un texto así empieza por ecash1. No se cambió nada.
error-bundle-version = Este texto es de una versión más nueva. No se cambió nada. Recargue esta página y reintente.
error-bundle-damaged = El texto está dañado o incompleto. No se cambió nada. Pídalo otra vez.
error-bundle-limits = El texto contiene demasiado efectivo o ninguno. No se cambió nada.
error-other-mint = Este efectivo es de otra casa de moneda: { $origin }. No se cambió nada.
error-not-a-challenge = Esta no es la pregunta de una tienda. No se firmó nada. Cópiela otra vez de la tienda.
error-invalid-token = Este texto contiene efectivo no válido. No se cambió nada.

### Errores de la casa de moneda

error-keys = Las claves de la casa de moneda no pasaron la comprobación de seguridad; no se movió dinero. Avise al operador de la casa de moneda.
error-keys-differ = Esta casa de moneda muestra claves distintas de las anteriores. O se instaló de nuevo, o intenta reconocer sus pagos. No se envió nada y su efectivo sigue en este monedero. Pregunte al operador; la prueba está en los ajustes.
error-not-issuing = La casa de moneda no emite efectivo ahora; no se movió nada. Inténtelo más tarde.
error-refused = La casa de moneda rechazó esto ({ $code }); su dinero está donde estaba.
error-accounts-closed = Esta casa de moneda abre cuentas solo a quien conoce; no se movió nada. Envíe a su operador el número de cuenta de los ajustes. Recibir y pagar no necesitan cuenta.
account-number = Número de cuenta
error-insufficient-balance = El saldo de su cuenta no es suficiente; no se movió nada.
error-unknown-merchant = La casa de moneda no conoce este comercio; su dinero sigue en este dispositivo.
error-link-unknown = Este enlace no se conoce, o su comercio lo ha desactivado. No se pagó nada.
error-too-many-open = Demasiadas personas usan este enlace ahora mismo. No se pagó nada: inténtelo en unos minutos.
error-not-exact = Este efectivo vale { $cash } y el pago pide exactamente { $wanted }. No se gastó nada. Para obtener cambio, cree un monedero y reciba allí el efectivo.
error-unanswered = La casa de moneda no respondió. Conserve el texto: el pago puede haberse hecho o no. Pulse el botón otra vez; solo paga una vez.
error-details = Los detalles del pedido en este enlace no coinciden con el pago, así que no se pagó nada. Vuelva a la tienda y empiece el pago de nuevo.
error-other-keys = La tienda y este monedero ven claves distintas de esta casa de moneda, así que este pago podría señalarle. No se pagó nada. Pida un enlace nuevo a la tienda; si sigue igual, no use esta casa de moneda.
error-payment-unknown = La casa de moneda no conoce este pago; no se pagó nada. Abra el enlace otra vez desde la página de la tienda.
error-refund-wrong-key = Este reembolso pertenece al monedero que pagó. Allí todavía puede cobrarse: abra el enlace con ese monedero, o recupérelo con sus palabras de recuperación.
error-refund-nothing-open = Este reembolso ya se cobró o se devolvió a la tienda. Aquí no se cambió nada.
error-already-spent = Este efectivo ya se había gastado; no se añadió, y el suyo está intacto.
error-expired = Este efectivo ha caducado; no se añadió, y el suyo está intacto.
error-revoked = No se envió nada: robaron las claves de la casa de moneda para este efectivo, así que solo se puede cambiar por efectivo nuevo. Sigue siendo suyo: cámbielo en la pantalla de inicio.
error-revoked-received = No se recibió nada: robaron las claves de la casa de moneda para este efectivo. Solo puede cambiarlo el monedero que lo retiró. Pida a quien lo envió que lo recupere y lo envíe de nuevo.
error-unauthorized = La casa de moneda no conoce la cuenta de este monedero; su dinero está donde estaba.
error-pending = La casa de moneda no respondió; no se perdió nada. El monedero termina esto cuando vuelva.
error-not-paid-yet = Aún no pagado: la casa de moneda no respondió. El dinero está reservado hasta que pague otra vez o cancele.
error-earlier-payment-waits = No se pagó nada nuevo: un pago anterior sigue abierto y la casa de moneda no responde. Inténtelo cuando vuelva.
error-unreachable = No se puede contactar con la casa de moneda; no se envió nada. Reintente.
error-disputed = La casa de moneda firmó mal una parte del efectivo. Lo que falta se conserva en disputa; vea la actividad.
error-mint-fault = La casa de moneda infringió el protocolo y su respuesta se descartó ({ $fault }). Su dinero está a salvo; avise a su operador.
fault-wrong-keyset = devolvió un conjunto de claves que no se había pedido
fault-key-missing = ya no publica una clave que este monedero usó
fault-unusable-key = su clave no se puede usar
fault-unreadable = su respuesta guardada no se puede leer
fault-signature-count = devolvió un número incorrecto de firmas
fault-wrong-payment = devolvió un pago que no se había pedido
fault-overflow = emitió más de lo que cabe en un importe

### Pedir efectivo

ask-title = Pedir una cantidad
ask-hint = El monedero de la otra persona se abre con esta cantidad.
ask-note = Para qué es (opcional)
ask = Pedir
ask-amount = Pedir { $amount }
ask-code = Código QR que pide { $amount }
ask-then = La otra persona escanea el código o abre el enlace, da la cantidad y le envía el texto del efectivo. La petición por sí sola no paga nada.
ask-copied = Enlace copiado. Envíelo a la persona a quien se lo pide.
ask-receive = Recibir el efectivo
asked-title = Le piden { $amount }
asked-hint = No se da nada hasta que pulse el botón. Cualquiera puede escribir una petición así: asegúrese de quién la hace y envíe el texto del efectivo a esa persona.
asked-other-currency = Esta petición es en otra moneda que la de este monedero. No se dio nada.
asked-dismiss = No dar
