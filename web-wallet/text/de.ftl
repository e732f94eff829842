# Deutsch. Dieselben Texte wie in en.ftl; ein Test vergleicht Namen und Platzhalter.

### Die Seite

app = eCash-Wallet
opening = Wallet wird geöffnet…
back = Zurück
settings = Einstellungen
done = Fertig
try-again = Nochmal versuchen
demo = Demo
saving = Wird gespeichert…
cancel = Abbrechen
progress = Fortschritt
copy = Kopieren
copied = Kopiert
elsewhere-title = Die Wallet ist in einem anderen Tab offen
elsewhere = Immer nur ein Tab kann die Wallet benutzen, damit kein Geld doppelt ausgegeben wird.
elsewhere-old = Immer nur ein Tab kann die Wallet benutzen, damit kein Geld doppelt ausgegeben wird. Der andere Tab läuft mit einer früheren Version: Schließe ihn oder lade ihn neu, dann übernimmt dieser.
elsewhere-take-over = Wallet hier benutzen
elsewhere-taking-over = Der andere Tab wird gefragt…
broken-title = Der Speicher der Wallet lässt sich nicht öffnen
not-connected = Verbindung zur Münzstätte…
offline = Die Münzstätte ist nicht erreichbar. Dein Geld ist auf diesem Gerät sicher.

### Willkommen

welcome-title = Bargeld, auf diesem Gerät
welcome = Digitales Bargeld abheben, passend zahlen, Wechselgeld bekommen. Wer wem zahlt, bleibt privat, auch vor der Münzstätte.
welcome-mint = Münzstätte
create-wallet = Wallet anlegen
restore-wallet = Wallet wiederherstellen
wallet-elsewhere = Ist deine Wallet woanders?
wallet-elsewhere-hint = In einem anderen Browser, in der App oder auf einem anderen Gerät: Scanne dort diesen Code, oder kopiere den Link und füge ihn dort ein, wo du zahlst.
wallet-elsewhere-code = Link der Zahlung als Code
wallet-elsewhere-link = Link

### Wiederherstellen

restore-hint = Gib deine 12 Wiederherstellungswörter der Reihe nach ein. Die Wallet stellt dann dein Geld von dieser Münzstätte wieder her.
restore-words = Wiederherstellungswörter
restore-by-file = Aus einer Sicherungsdatei wiederherstellen
restore-by-phrase = Mit den Wiederherstellungswörtern wiederherstellen
restore-file = Sicherungsdatei
restore-file-hint = Wähle deine Sicherungsdatei und gib ihr Passwort ein. Die Wallet stellt dann dein Geld von dieser Münzstätte wieder her und deinen Verlauf aus der Datei.
restore-file-missing = Wähle zuerst eine Sicherungsdatei. Nichts wurde geändert.
phrase-count = { $count } von 12 Wörtern
phrase-meant = Wort { $number } steht nicht in der Liste der Wörter. Meinst du eines von diesen?
phrase-unknown = Wort { $number } steht nicht in der Liste der Wörter. Prüfe die Schreibweise.
restore = Wiederherstellen
restored-title = Wiederhergestellt
restored = { $amount } sind wieder auf diesem Gerät.
nothing-found-title = Nichts gefunden
nothing-found = Diese Münzstätte hat für diese Wörter nie Bargeld signiert. Nichts wurde geändert. Prüfe, ob die Wörter stimmen, die Reihenfolge richtig ist und es die richtige Münzstätte ist.
nothing-found-by-file = Diese Münzstätte hat für die Wiederherstellungswörter dieser Datei nie Bargeld signiert. Der Verlauf ist wiederhergestellt. Prüfe, ob es die richtige Datei und die richtige Münzstätte ist.
correct-file = Andere Datei wählen
correct-phrase = Wörter korrigieren
use-empty-wallet = Diese leere Wallet benutzen
use-other-phrase = Andere Wiederherstellungswörter benutzen
other-wallet-title = Auf diesem Gerät ist schon eine Wallet
other-wallet-empty = Eine andere Wallet ist auf diesem Gerät. Nichts wurde geändert.
other-wallet = Eine andere Wallet ist auf diesem Gerät. Sie hat hier { $amount } und vielleicht Geld auf ihrem Konto. Nichts wurde geändert.
other-wallet-hint = Für andere Wörter entferne zuerst diese Wallet. Ihre eigenen Wörter stellen sie später wieder her, hier oder anderswo: Schreibe sie vorher auf, sonst ist ihr Geld verloren.
other-wallet-show = Ihre Wörter zeigen
remove-wallet = Diese Wallet entfernen
keep-wallet = Diese Wallet behalten

### Wartendes Bargeld

cash-waits = Bargeld wartet darauf, angenommen zu werden. Es ist auf diesem Gerät gespeichert.
cash-waits-for-wallet = Bargeld wartet auf dich. Es ist auf diesem Gerät gespeichert; lege eine Wallet an oder stelle eine wieder her, um es anzunehmen.
cash-waits-elsewhere = Bargeld wartet. Es ist auf diesem Gerät gespeichert: Nimm es im Tab mit der Wallet an, oder benutze die Wallet hier.
cash-waits-in-address = Bargeld wartet, und dieser Browser kann es nicht speichern. Behalte den Link, bis du es angenommen hast.
receive-it = Annehmen
remove-text = Diesen Text von diesem Gerät entfernen

### Start

balance = Auf diesem Gerät
pay = Zahlen
receive = Annehmen
withdraw = Abheben
denominations = Stückelung
activity = Verlauf
no-activity = Noch nichts. Hebe etwas Bargeld ab, um anzufangen.
today = Heute
yesterday = Gestern
exchanges = { $count ->
        [one] Ein Umtausch in Wechselgeld
       *[other] { $count } Umtausche in Wechselgeld
    }
search-activity = Aktivität durchsuchen
nothing-found = Nichts gefunden
empty-wallet = Die Wallet ist leer.
tokens =
    { $count ->
        [one] 1 Stück zu { $denomination }
       *[other] { $count } Stück zu { $denomination }
    }
to-renew = { $amount } sind alt und werden erneuert; danach kannst du sie ausgeben.
revoked = { $amount } sind jetzt nicht ausgebbar: Die Schlüssel der Münzstätte dafür wurden gestohlen. Sie gehören weiter dir. Tausche sie in neues Bargeld; die Münzstätte kann dann erkennen, wann und aus welchem Konto oder welcher Zahlung du sie bekommen hast.
recover = In neues Bargeld tauschen
keys-replaced = Die Münzstätte hat am { $date } ihre Schlüssel ersetzt. Dein Geld ist sicher: Die Wallet tauscht es automatisch.
expired = { $amount } wurden über zwei Jahre nicht benutzt und sind verfallen.
given = { $amount } sind weggegeben und noch nicht angenommen; siehe Verlauf.
leaving = { $amount } sind für eine Zahlung zurückgelegt, die noch nicht bezahlt ist; siehe Verlauf.
arriving = { $amount } sind auf dem Weg zu diesem Gerät.
disputed-amount = { $amount } wurden von der Münzstätte falsch signiert und sind strittig; siehe Verlauf.

### Sicherung

backup-prompt-title = Sichere dein Geld
backup-prompt = Es ist nur auf diesem Gerät. Zwölf Wiederherstellungswörter bringen es zurück, wenn das Gerät verloren geht oder die Browserdaten gelöscht werden. Sie aufzuschreiben dauert eine Minute.
backup-now = Sichern
backup-later = Später
backup-safe = Gesichert: Dieses Geld lässt sich wiederherstellen, wenn das Gerät verloren geht.
backup-missing = Nicht gesichert: Dieses Geld ist nur auf diesem Gerät.
backup-title = Deine Wiederherstellungswörter
backup-hint = Schreibe diese 12 Wörter in dieser Reihenfolge auf Papier und bewahre sie auf, wo nur du sie findest. Wer sie hat, hat dein Geld; ohne sie ist es mit diesem Gerät verloren.
backup-copied = Kopiert. Bewahre sie nur auf, wo niemand sonst sie lesen kann, etwa in einem Passwortmanager.
backup-copy-failed = Dieser Browser hat das Kopieren nicht erlaubt: Schreibe die Wörter auf Papier.
backup-written = Ich habe sie aufgeschrieben
backup-check-title = Zwei Wörter bestätigen
backup-check-hint = Damit sicher ist, dass dein Zettel dein Geld zurückbringt, gib diese zwei Wörter ein.
backup-word = Wort { $number }
backup-check = Prüfen
backup-wrong = Diese Wörter stimmen nicht. Prüfe deinen Zettel, oder lass dir die Wörter noch einmal zeigen.
backup-show-again = Wörter noch einmal zeigen
backup-done = Gesichert
backup-done-hint = Wenn dieses Gerät verloren geht, wähle auf einem anderen „Wallet wiederherstellen“ und gib deine Wiederherstellungswörter ein.
backup-file-title = Sicherungsdatei
backup-file-hint = Eine verschlüsselte Datei mit deinen Wiederherstellungswörtern und deinem Verlauf. Sie stellt das ganze Geld wieder her, auch später erhaltenes. Ohne ihr Passwort ist sie nutzlos: Es lässt sich nicht zurücksetzen.
backup-file-make = Sicherungsdatei erstellen
backup-file-passphrase = Passwort der Datei
backup-file-again = Passwort der Datei wiederholen
backup-file-encrypt = Verschlüsseln
backup-file-encrypting = Wird verschlüsselt…
backup-file-ready = Die Datei ist verschlüsselt. Speichere sie außerhalb dieses Geräts, zum Beispiel auf einem anderen Computer oder in deinem Cloud-Speicher.
backup-file-saved = Ich habe sie gespeichert
backup-file-kept = Mit einer Datei gesichert. Erstelle ab und zu eine neue, damit sie deinen neueren Verlauf enthält.

### Abheben

withdraw-title = Bargeld abheben
account-holds = Auf deinem Konto sind { $amount }
account-loading = Dein Konto wird geladen…
amount = Betrag
withdraw-amount = { $amount } abheben
withdraw-and-pay = { $amount } abheben und bezahlen
withdraw-and-pay-hint = Wenn du in derselben Minute zahlst, was du abhebst, ist die Zahlung leichter zu erkennen. Wer vorher mehr abhebt, ist besser verborgen.
withdraw-more = Erst mehr abheben
withdrawn = Das Bargeld ist auf diesem Gerät

### Weggeben

give = Geben
give-title = Bargeld weggeben
give-memo = Nachricht (optional)
give-hint = Du bekommst einen Code und einen Text zum Übergeben. Wer sie zuerst annimmt, bekommt das Geld; schicke sie also vertraulich. Bis dahin kannst du es zurücknehmen.
give-amount = { $amount } geben
all-amount = Alles: { $amount }
gift-waits = { $amount } können angenommen werden. Wer Code, Link oder Text zuerst öffnet, bekommt das Geld.
gift-code = Code im Wert von { $amount }
gift-too-long-for-code = Für einen Code sind es zu viele Stücke: Teile den Link oder die Datei.
gift-text = Bargeld als Text
share = Teilen
copy-link = Link kopieren
copy-text = Text kopieren
save-file = Als Datei sichern
gift-link-copied = Der Link ist kopiert. Er ist Geld wert: Füge ihn nur dort ein, wo allein der Empfänger ihn lesen kann.
gift-text-copied = Der Text ist kopiert. Er ist Geld wert: Füge ihn nur dort ein, wo allein der Empfänger ihn lesen kann.
gift-copy-failed = Dieser Browser hat das Kopieren nicht erlaubt. Markiere den Text oben und kopiere ihn.
gift-check = Prüfen, ob es angenommen wurde
gift-not-taken = Es wurde noch nicht angenommen.
gift-not-known = Die Münzstätte kann nicht sagen, ob es angenommen wurde. Nimm es zurück, um es herauszufinden.
gift-take-back = Zurücknehmen
gift-was-taken = Es war schon angenommen worden. Sonst hat sich nichts geändert.

### Zahlen

pay-title = Händler bezahlen
merchant = Händler
remains = Bleibt auf diesem Gerät
remains-amount = Bleibt auf diesem Gerät: { $amount }
balance-amount = Auf diesem Gerät: { $amount }
pay-amount = { $amount } zahlen
paid = Bezahlt
transaction = Vorgang
earlier-payment-made = Deine frühere Zahlung von { $amount } an { $merchant } ist erfolgt. Neu bezahlt wurde nichts. Zahle nur noch einmal, wenn du ein zweites Mal zahlen willst.

### In einem Laden zahlen

merchant-hint = Oder füge einen Zahlungslink ein.
link-amount = Gib einen beliebigen Betrag ein.
link-note = Nachricht (optional)
link-note-hint = Auch die Münzstätte kann sie lesen: Schreibe keine Namen.
guest-title = Mit Bargeld als Text zahlen
guest-hint = Füge einen Text ein, der mit ecash1 beginnt und genau { $amount } wert ist. Du brauchst keine Wallet. Eine Erstattung ist nicht möglich, weil keine Wallet sie holen kann.
guest-receipt = Sichere den Beleg: Dieses Gerät speichert die Zahlung nicht.
guest-over = Diese Zahlung ist beendet. Nichts wurde ausgegeben: Bitte den Laden um eine neue.
details = Was du kaufst
details-seller = Verkäufer
details-note = Hinweis
details-tax = Steuer: { $tax }
details-private = Nur du und der Laden können das lesen, nicht die Münzstätte.
checkout-title = Laden bezahlen
checkout-loading = Die Zahlung wird geladen…
checkout-for = Für
checkout-until = Zahlbar bis
checkout-verified = Die Münzstätte hat diese Adresse geprüft.
checkout-not-verified = Nicht geprüft: Die Münzstätte hat nicht geprüft, wer diesen Namen benutzt.
checkout-came-from = Du kamst von { $origin }.
checkout-came-from-other = Du kamst von { $from }, das ist nicht { $shop }. Zahle nur, wenn du sicher bist, dass du dort kaufst.
checkout-came-from-nowhere = Aus einem Link oder Code geöffnet. Zahle nur, wenn du bei { $shop } kaufst.
checkout-paid-title = Bezahlt
checkout-paid-by-you = Du hast das schon bezahlt: { $amount }. Es wird kein zweites Mal bezahlt.
checkout-paid-elsewhere = Es wurde schon aus einer anderen Wallet bezahlt. Aus dieser ist nichts abgegangen.
checkout-cancelled-title = Abgebrochen
checkout-cancelled = Der Laden hat diese Zahlung abgebrochen. Dein Geld ist auf diesem Gerät; bitte den Laden um eine neue Zahlung.
checkout-expired-title = Abgelaufen
checkout-expired = Diese Zahlung ist abgelaufen. Dein Geld ist auf diesem Gerät; bitte den Laden um eine neue Zahlung.
checkout-damaged-title = Dieser Link ist beschädigt
checkout-damaged = Er nennt keine Zahlung. Nichts wurde bezahlt. Öffne ihn noch einmal von der Seite des Ladens.
checkout-gone-title = Hier ist keine Zahlung offen
checkout-gone = Die Seite wurde neu geladen, oder die Zahlung ist erledigt. Öffne sie noch einmal von der Seite des Ladens; nichts wird je doppelt bezahlt.
tip = Trinkgeld
no-tip = Kein Trinkgeld
tip-percent = { $percent } %: { $amount }
tip-limit = Bis zu { $amount }
tip-too-large = Das Trinkgeld darf höchstens { $amount } sein. Nichts wurde gesendet.
back-to-shop = Zurück zum Laden
receipt-verified = Beleg geprüft: Die Münzstätte hat signiert, dass du das bezahlt hast.
receipt-save = Beleg sichern
receipt-missing = Die Münzstätte hat keinen Beleg geschickt. Die Zahlung ist erfolgt; ihre Vorgangsnummer ist dein Nachweis.
receipt-not-signed = Der Beleg ist nicht von den Schlüsseln dieser Münzstätte signiert und beweist daher nichts. Die Zahlung ist erfolgt; nenne dem Betreiber der Münzstätte die Vorgangsnummer.
receipt-differs = Der Beleg stimmt nicht mit deiner Zahlung überein; verlasse dich nicht auf ihn. Die Zahlung ist erfolgt; nenne dem Betreiber der Münzstätte die Vorgangsnummer.
payer-proof-open = Beweisen, dass du bezahlt hast
payer-proof-hint = Für Umtausch oder Garantie kann ein Laden einen Nachweis verlangen, dass du bezahlt hast. Füge seine Frage ein. Die Antwort beweist { $shop }, dass du bezahlt hast, und verrät sonst nichts über dich. Der Laden kann sie anderen zeigen.
payer-proof-question = Die Frage des Ladens
payer-proof-make = Antwort erstellen
payer-proof-made = Gib dies dem Laden, der gefragt hat.
payer-proof-answer = Deine Antwort für den Laden
payment-waits = Eine Zahlung wartet auf dich.
payment-waits-for-wallet = Eine Zahlung wartet auf dich. Lege eine Wallet an oder stelle eine wieder her, um zu zahlen.
payment-waits-elsewhere = Eine Zahlung wartet auf dich. Benutze die Wallet hier, um zu zahlen.
payment-continue = Weiter

### Erstattungen

refund-title = Erstattung
refund-loading = Die Erstattung wird geladen…
refund-none = Der Laden hat diese Zahlung nicht erstattet.
refund-claim = { $amount } abholen
refund-continue = Erstattung abholen
refund-open = Wartet auf dich
refund-claimed = Abgeholt
refund-returned = An den Laden zurückgegeben
refund-found = Ein Laden hat dir eine Erstattung geschickt.
refund-waits = Eine Erstattung wartet auf dich.
refund-waits-for-wallet = Eine Erstattung wartet auf dich. Stelle die Wallet wieder her, die bezahlt hat, um sie abzuholen.
refund-waits-elsewhere = Eine Erstattung wartet auf dich. Benutze die Wallet hier, um sie abzuholen.

### Annehmen

receive-title = Bargeld annehmen
receive-hint = Füge den Text ein, der mit ecash1 beginnt. Die Wallet tauscht das Bargeld sofort um, damit niemand sonst es ausgeben kann.
receive-text = Bargeld als Text
preview-from = von { $mint }. Nimm es an, damit es dir gehört.
preview-own = Das hast du selbst weggegeben. Nimm es an, um es zurückzunehmen.
received-title = Angenommen
received = { $amount } gehören jetzt dir.
received-partly = { $amount } gehören jetzt dir. { $lost } waren schon ausgegeben.

### Verlauf

detail-title = Einzelheiten
detail-when = Wann
detail-state = Stand
detail-memo = Nachricht
detail-shop = Laden, geprüft
detail-reason = Grund
detail-gone = Dieser Vorgang ist nicht auf diesem Gerät.
kind-withdraw = Vom Konto abgehoben
kind-pay = Zahlung
kind-receive = Angenommen
kind-change = Gewechselt
kind-refresh = Erneuert
kind-restore = Wiederhergestellt
kind-refund = Erstattet
kind-give = Weggegeben
kind-take-back = Zurückgenommen
payment-to = Zahlung an { $merchant }
state-pending = Wartet auf die Münzstätte
state-given = Noch nicht angenommen
state-done = Fertig
state-cancelled = Abgebrochen
state-failed = Gescheitert
state-disputed = Strittig
reason-signed-elsewhere = Ein anderes Gerät mit denselben Wörtern hat dasselbe Bargeld benutzt
not-paid-yet = Noch nicht bezahlt
not-paid-yet-known = Die Münzstätte hat nicht geantwortet. { $amount } sind zurückgelegt.
not-paid-yet-if-paid = Wenn die Zahlung erfolgt ist, zeigt jeder der Knöpfe sie als fertig an. Du zahlst nie doppelt.
not-paid-yet-if-not = Wenn nicht, kannst du es noch einmal versuchen oder abbrechen und hast das Geld zurück.
not-paid-yet-default = Tust du keins von beiden, bricht die Wallet die unbezahlte Zahlung ab, sobald sie die Münzstätte erreicht.
try-to-pay-again = Nochmal zu zahlen versuchen
cancel-payment = Zahlung abbrechen
finish-now = Jetzt abschließen
disputed = Die Münzstätte hat dies angenommen und einen Teil des Bargelds falsch signiert. Was richtig signiert ist, ist in deiner Wallet. Der Rest fehlt: Frage die Münzstätte noch einmal, oder schicke ihre Antwort, den Nachweis, an ihren Betreiber.
ask-again = Münzstätte noch einmal fragen
links-title = Zahlungslinks
links-hint = Manche Läden bieten Links an, die jede Wallet öffnen kann. Dieser Browser kann sie hier öffnen.
links-offered = Erlaube es, wenn der Browser fragt. Danach öffnet er solche Links hier.
links-impossible = Dieser Browser unterstützt das nicht. Kopiere den Link des Ladens und füge ihn dort ein, wo du zahlst.
links-open-here = Zahlungslinks hier öffnen
copy-evidence = Nachweis kopieren
other-keys-evidence = Der Nachweis enthält die Schlüssel, die der Laden und diese Wallet sehen, und nennt diese Zahlung. Schicke ihn an einen Prüfer.
keys-evidence-hint = Diese Münzstätte hat einmal andere Schlüssel gezeigt als zuvor. Der Nachweis enthält nichts über deine Wallet: Schicke ihn an den Betreiber oder an einen Prüfer.

### Passwort

passphrase = Passwort
passphrase-hint = Wer dieses Gerät in der Hand hat, kann dein Geld ausgeben. Mit einem Passwort fragt die Wallet beim Öffnen danach, und wenn sie fünf Minuten nicht benutzt wurde.
passphrase-only-words = Wenn du es vergisst, öffnen nur deine Wiederherstellungswörter die Wallet.
passphrase-no-backup = Wenn du es vergisst, öffnen nur deine Wiederherstellungswörter die Wallet: Schreibe sie vorher auf.
passphrase-new = Neues Passwort
passphrase-again = Neues Passwort wiederholen
passphrase-current = Aktuelles Passwort
passphrase-set = Passwort festlegen
passphrase-is-set = Die Wallet fragt beim Öffnen nach deinem Passwort, und wenn sie fünf Minuten nicht benutzt wurde.
passphrase-change = Passwort ändern
passphrase-remove = Passwort entfernen
passphrase-differ = Die beiden Passwörter stimmen nicht überein. Nichts wurde geändert.
passphrase-saved = Das Passwort ist festgelegt.
passphrase-removed = Das Passwort wurde entfernt.
lock-now = Jetzt sperren
locked-title = Die Wallet ist gesperrt
locked-hint = Dein Geld ist auf diesem Gerät. Das Passwort öffnet die Wallet.
unlock = Entsperren
unlocking = Wird entsperrt…
forgot-passphrase = Ich habe das Passwort vergessen
forgot-title = Mit deinen Wiederherstellungswörtern öffnen
forgot-hint = Gib die Wiederherstellungswörter dieser Wallet ein. Sie öffnen sie mit allem, was darin ist, und entfernen das Passwort.
use-passphrase = Passwort verwenden

### Einstellungen

phrase-title = Wiederherstellungswörter
phrase-hint = Wer diese 12 Wörter hat, hat dein Geld. Schreibe sie auf Papier; sie stellen die Wallet wieder her, wenn dieses Gerät verloren geht.
phrase-show = Wörter zeigen
phrase-hide = Wörter verbergen
mint-title = Münzstätte
mint-address = Adresse
mint-name = Institut
storage-title = Speicher
storage-kept = Der Browser behält diese Wallet, bis du sie entfernst.
storage-loose = Der Browser löscht diese Wallet vielleicht, wenn der Platz knapp wird. Bewahre die Wiederherstellungswörter auf.
storage-asking = Der Browser wird gefragt…
language-title = Sprache

### Fortschritt

stage-checking-keys = Die Schlüssel der Münzstätte werden geprüft…
stage-preparing = Das Bargeld wird vorbereitet…
stage-waiting = Warten auf die Münzstätte… Wenn diese Seite jetzt schließt, geht nichts verloren.
stage-finishing = Das Bargeld wird auf diesem Gerät gespeichert…
stage-searching = Dein Geld wird gesucht…

### Fehler dieses Geräts

error-store-failed = Der Speicher der Wallet hat versagt; nichts wurde gesendet. Schaffe Platz und versuche es noch einmal. ({ $detail })
error-store-taken-over = Ein anderer Tab hat die Wallet übernommen und setzt den Vorgang fort. Dieser Tab hat nichts mehr geändert.
error-store-locked = Die Wallet ist anderswo offen. Nichts wurde gesendet.
error-store-newer = Diese Wallet wurde mit einer neueren Version dieser Seite benutzt. Nichts wurde geändert. Lade die Seite neu.
error-store-corrupt = Der Speicher der Wallet ist beschädigt; nichts wurde gesendet. Stelle die Wallet aus ihren Wörtern wieder her. ({ $detail })
error-store-after-sending = Die Anfrage wurde gesendet, aber dieses Gerät konnte das Ergebnis nicht speichern. Nichts ist verloren. Wiederhole es nicht: Schaffe Platz und öffne die Wallet noch einmal, dann prüft sie, was geschah.
error-entropy = Dieses Gerät konnte keine Zufallszahlen erzeugen; nichts wurde gesendet. Starte den Browser neu und versuche es noch einmal.
error-locked = Die Wallet ist gesperrt. Gib das Passwort ein, um sie zu öffnen.
error-does-not-open = Falsches Passwort oder falsche Wiederherstellungswörter. Nichts wurde geändert: Versuche es noch einmal.
error-backup-file = Das ist keine Sicherungsdatei dieser Version der Wallet. Nichts wurde geändert: Wähle eine andere Datei.
error-passphrase-short = Ein Passwort muss mindestens { $min } Zeichen haben. Nichts wurde geändert.
error-stretch = Dieses Gerät konnte das Passwort nicht prüfen, weil Speicher oder Netz fehlt. Nichts wurde geändert: schließ andere Apps und versuch es noch einmal.
error-no-wallet = Auf diesem Gerät ist noch keine Wallet.
error-wallet-exists = Auf diesem Gerät ist schon eine Wallet; nichts wurde geändert.
error-other-wallet = Eine andere Wallet ist auf diesem Gerät und wurde benutzt; nichts wurde geändert.
error-unfinished-receipt = Bargeld, das du angenommen hast, ist noch nicht gesichert; nichts wurde entfernt. Öffne die Wallet, wenn die Münzstätte erreichbar ist, und entferne sie dann.
error-no-mint = Die Wallet ist noch nicht mit der Münzstätte verbunden; nichts wurde gesendet. Versuche es noch einmal.
error-other-origin = Diese Wallet gehört zur Münzstätte { $origin }; nichts wurde gesendet.
error-counters-exhausted = Zu viele Vorgänge sind unfertig; nichts wurde gesendet. Lass sie erst fertig werden.
error-plan-ended = Dieser Vorgang ist schon beendet.

### Fehler in der Eingabe

error-phrase-length = Es müssen 12 Wiederherstellungswörter sein. Nichts wurde geändert.
error-phrase-word = Wort { $number } steht nicht in der Liste der Wiederherstellungswörter. Nichts wurde geändert.
error-phrase-checksum = Das sind keine gültigen Wiederherstellungswörter; prüfe Reihenfolge und Schreibweise. Nichts wurde geändert.
error-insufficient-funds = Die Wallet hat { $available }, weniger als die gewünschten { $wanted }.
error-not-payable = { $amount } lassen sich mit der Stückelung dieser Münzstätte nicht zahlen. Nichts wurde gesendet.
error-sum-too-large = Die Wallet enthält mehr, als sie zählen kann. Nichts wurde geändert.
error-too-many-tokens = Dafür wären mehr als { $max } Stück auf einmal nötig; nichts wurde gesendet. Nimm einen kleineren Betrag.
error-not-a-bundle = Das ist kein Bargeld: Ein solcher Text beginnt mit ecash1. Nichts wurde geändert.
error-bundle-version = Dieser Text stammt von einer neueren Version. Nichts wurde geändert. Lade die Seite neu und versuche es noch einmal.
error-bundle-damaged = Der Text ist beschädigt oder unvollständig. Nichts wurde geändert. Bitte noch einmal um ihn.
error-bundle-limits = Der Text enthält zu viel oder kein Bargeld. Nichts wurde geändert.
error-other-mint = Dieses Bargeld ist von einer anderen Münzstätte: { $origin }. Nichts wurde geändert.
error-not-a-challenge = Das ist keine Frage eines Ladens. Nichts wurde signiert. Kopiere sie noch einmal vom Laden.
error-invalid-token = Dieser Text enthält ungültiges Bargeld. Nichts wurde geändert.

### Fehler der Münzstätte

error-keys = Die Schlüssel der Münzstätte haben die Sicherheitsprüfung nicht bestanden; kein Geld wurde bewegt. Sage es dem Betreiber der Münzstätte.
error-keys-differ = Diese Münzstätte zeigt andere Schlüssel als zuvor. Entweder wurde sie neu aufgesetzt, oder sie versucht, deine Zahlungen zu erkennen. Nichts wurde gesendet, und dein Bargeld bleibt in dieser Wallet. Frage den Betreiber; der Nachweis ist in den Einstellungen.
error-not-issuing = Die Münzstätte gibt gerade kein Bargeld aus; nichts wurde bewegt. Versuche es später noch einmal.
error-refused = Die Münzstätte hat das abgelehnt ({ $code }); dein Geld ist, wo es war.
error-accounts-closed = Diese Münzstätte eröffnet Konten nur für Leute, die sie kennt; nichts wurde bewegt. Schicke ihrem Betreiber die Kontonummer aus den Einstellungen. Annehmen und Zahlen brauchen kein Konto.
account-number = Kontonummer
error-insufficient-balance = Dein Kontostand reicht nicht aus; nichts wurde bewegt.
error-unknown-merchant = Die Münzstätte kennt diesen Händler nicht; dein Geld ist noch auf diesem Gerät.
error-link-unknown = Dieser Link ist unbekannt, oder sein Händler hat ihn abgeschaltet. Nichts wurde bezahlt.
error-too-many-open = Zu viele benutzen gerade diesen Link. Nichts wurde bezahlt: Versuche es in einigen Minuten noch einmal.
error-not-exact = Dieses Bargeld ist { $cash } wert, und die Zahlung verlangt genau { $wanted }. Nichts wurde ausgegeben. Um zu wechseln, lege eine Wallet an und nimm das Bargeld dort an.
error-unanswered = Die Münzstätte hat nicht geantwortet. Behalte den Text: Vielleicht ist die Zahlung erfolgt, vielleicht nicht. Drücke den Knopf noch einmal; er zahlt nur einmal.
error-details = Die Bestelldaten in diesem Link passen nicht zur Zahlung; darum wurde nichts bezahlt. Geh zum Laden zurück und beginne die Zahlung von vorn.
error-other-keys = Der Laden und diese Wallet sehen verschiedene Schlüssel dieser Münzstätte; diese Zahlung könnte dich erkennbar machen. Nichts wurde bezahlt. Bitte den Laden um einen neuen Link; bleibt es so, benutze diese Münzstätte nicht.
error-payment-unknown = Die Münzstätte kennt diese Zahlung nicht; nichts wurde bezahlt. Öffne den Link noch einmal von der Seite des Ladens.
error-refund-wrong-key = Diese Erstattung gehört der Wallet, die bezahlt hat. Sie kann dort noch abgeholt werden: Öffne den Link mit jener Wallet, oder stelle sie aus ihren Wiederherstellungswörtern wieder her.
error-refund-nothing-open = Diese Erstattung wurde schon abgeholt oder an den Laden zurückgegeben. Hier wurde nichts geändert.
error-already-spent = Dieses Bargeld war schon ausgegeben; es kam nicht dazu, und deins ist unberührt.
error-expired = Dieses Bargeld ist verfallen; es kam nicht dazu, und deins ist unberührt.
error-revoked = Nichts wurde gesendet: Die Schlüssel der Münzstätte für dieses Bargeld wurden gestohlen, darum kann es nur in neues getauscht werden. Es gehört weiter dir: Tausche es auf der Startseite.
error-revoked-received = Nichts wurde angenommen: Die Schlüssel der Münzstätte für dieses Bargeld wurden gestohlen. Nur die Wallet, die es abgehoben hat, kann es tauschen. Bitte den Absender, es zurückzunehmen und noch einmal zu schicken.
error-unauthorized = Die Münzstätte kennt das Konto dieser Wallet nicht; dein Geld ist, wo es war.
error-pending = Die Münzstätte hat nicht geantwortet; nichts ist verloren. Die Wallet schließt dies ab, wenn die Münzstätte wieder da ist.
error-not-paid-yet = Noch nicht bezahlt: Die Münzstätte hat nicht geantwortet. Das Geld ist zurückgelegt, bis du noch einmal zahlst oder abbrichst.
error-earlier-payment-waits = Neu bezahlt wurde nichts: Eine frühere Zahlung ist noch offen, und die Münzstätte antwortet nicht. Versuche es noch einmal, wenn sie wieder da ist.
error-unreachable = Die Münzstätte ist nicht erreichbar; nichts wurde gesendet. Versuche es noch einmal.
error-disputed = Die Münzstätte hat einen Teil des Bargelds falsch signiert. Was fehlt, ist als strittig vermerkt; siehe Verlauf.
error-mint-fault = Die Münzstätte hat das Protokoll verletzt, und ihre Antwort wurde verworfen ({ $fault }). Dein Geld ist sicher; sage es dem Betreiber der Münzstätte.
fault-wrong-keyset = sie schickte einen Schlüsselsatz, nach dem nicht gefragt war
fault-key-missing = sie veröffentlicht einen Schlüssel nicht mehr, den diese Wallet benutzt hat
fault-unusable-key = ihr Schlüssel ist nicht benutzbar
fault-unreadable = ihre gespeicherte Antwort ist nicht lesbar
fault-signature-count = sie schickte eine falsche Zahl von Signaturen
fault-wrong-payment = sie schickte eine Zahlung, nach der nicht gefragt war
fault-overflow = sie gab mehr aus, als ein Betrag fassen kann

### Um Bargeld bitten

ask-title = Um einen Betrag bitten
ask-hint = Die Wallet der anderen Person öffnet sich mit diesem Betrag.
ask-note = Wofür (freiwillig)
ask = Bitten
ask-amount = Um { $amount } bitten
ask-code = QR-Code, der um { $amount } bittet
ask-then = Die andere Person scannt den Code oder öffnet den Link, gibt den Betrag und schickt dir den Bargeldtext. Mit der Bitte selbst wird nichts bezahlt.
ask-copied = Link kopiert. Schicke ihn der Person, die du bittest.
ask-receive = Bargeld annehmen
asked-title = Du wirst um { $amount } gebeten
asked-hint = Gegeben wird erst, wenn du auf den Knopf drückst. Jeder kann eine solche Bitte schreiben: Vergewissere dich, wer bittet, und schicke den Bargeldtext dieser Person.
asked-other-currency = Diese Bitte ist in einer anderen Währung als der dieser Wallet. Es wurde nichts gegeben.
asked-dismiss = Nicht geben
