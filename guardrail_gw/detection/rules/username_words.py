"""Words that name an account, and words behind an at sign that do not.

Source: JSDoc 4, Javadoc, Doxygen and PHPDoc tags; CSS at-rules (W3C, CSS Snapshot 2023) and those
of Sass and Tailwind; annotations of Java, Jakarta EE, JUnit and Spring; decorators of Python,
Angular and TypeScript; directives of Objective-C, Razor, Blade and GraphQL.
"""

LABELS = (
    r"user ?name|user[ _-]name|login(?: ?name)?|screen[ _-]?name|account[ _-]name|nick(?:name)?|"
    r"handle|benutzername|nutzername|anmeldename|nom d['\u2019]utilisateur|identifiant|"
    r"nombre de usuario|usuario|nome utente|nome de utilizador|nome de usuário|gebruikersnaam|"
    r"nazwa użytkownika|nume de utilizator|användarnamn|brugernavn|brukernavn|käyttäjätunnus|"
    r"käyttäjänimi|felhasználónév|uživatelské jméno|používateľské meno|uporabniško ime|"
    r"korisničko ime|потребителско име|όνομα χρήστη|kasutajanimi|lietotājvārds|"
    r"naudotojo vardas|notandanafn|ainm úsáideora|isem tal-utent"
)
_LABEL_WORDS = """
account anmeldename användarnamn benutzername brugernavn brukernavn felhasználónév gebruikersnaam
handle identifiant kasutajanimi korisničko käyttäjänimi käyttäjätunnus lietotājvārds login loginname
naudotojo nick nickname notandanafn nutzername používateľské screen screenname uporabniško user
username usuario usuário utent utente utilisateur utilizador utilizator uživatelské użytkownika
úsáideora χρήστη потребителско
"""
LABEL_WORDS = tuple(_LABEL_WORDS.split())
"""Of these one stands in each label."""

_ACCOUNTS = """
string str text varchar char required optional none null nil undefined true false unknown missing
sample dummy placeholder some field input column property session request response client current
admin administrator root user username guest test tester demo example anonymous default system
public self login name value invalid password email the your my empty blank any all object number
"""
ACCOUNTS = frozenset(_ACCOUNTS.split())
"""What stands for an account, or is everybody's."""

_KEYWORDS = """
abstract access alias api arg argument async augments author authors await base before after
beforeeach aftereach beforeall afterall bean brief bug builder callback category charset class
classmethod code column component condition configuration const constant constructor constructs
controller copyright created createddate csrf data dataclass date default defaultvalue deprecated
desc description details directive documentation doc docroot dom else elseif emits empty end endif
endfor endforeach endsection endswitch entity enum error event everyone example exception exclude
experimental export exports extend extends external fact file filesource fileoverview final fires
fixture font font-face foreach for forward foundation from func function generated generic getter
global group hidden here channel team hideconstructor id ignore immutable implements implementation
import include ingroup inheritdoc inject injectable inline input inner instance interface internal
invariant isset jsonproperty keyframes kind lang latest layer lends license link linkcode linkplain
list listens lombok main mainpage markup media member memberof method mixes mixin mock model module
mustache name namespace ngmodule nogc nonnull notnull note notice nullable numba numpy objc once
optional output overload override package page page-break param parameterized params parent partial
patch path pathparam php plugin post private property protected protocol provides provider public
pure query readonly ref remarks repeat repository request required requires restcontroller return
returns returning rest retval root route rule safevarargs schema scope section see selector
serialdata service setter since singleton size slot spring stable staticmethod static struct
subpackage summary supports suppresswarnings switch synchronized synopsis synthesize tailwind apply
table template test testonly this throws throw throwable tparam todo transactional trusted
ts-check ts-expect-error ts-ignore tutorial type typedef type-check use user uses usage using value
valid var variation version viewchild virtual void volatile warning watch when while with yield
yields autowired getmapping postmapping putmapping deletemapping requestmapping requestbody
requestparam pathvariable responsebody springbootapplication entitylistener manytoone onetomany
manytomany joincolumn generatedvalue cacheable scheduled async eventlistener exceptionhandler
functionalinterface retention target documented inherited available objcmembers escaping autoclosure
mainactor state binding observedobject published environmentobject environment stateobject
discardableresult testable main nsmanaged iboutlet ibaction gkinspectable ibdesignable composable
preview parcelize jvmstatic jvmoverloads jvmfield throws cached cachedproperty functools wraps
lru_cache contextmanager abstractmethod overload typing runtime_checkable total_ordering property
singledispatch pytest unittest jit njit tf torch dsl task flow dag asset op job cli click group
command app router blueprint login_required validator root_validator field_validator
model_validator computed_field root everyone starting container position-try view-transition
counter-style viewport document nest scope tailwindcss variants responsive screen
"""
KEYWORDS = frozenset(_KEYWORDS.split())
"""In lower case."""

THINGS = (
    "annotations?|decorators?|tags?|rules?|at-rules?|directives?|symbols?|signs?|attributes?|"
    "operators?|keywords?|imports?|macros?|blocks?|mixins?|packages?|scopes?|parameters?|variables?|"
    "props?|syntax|helpers?|modifiers?|wrappers?|methods?|functions?|class(?:es)?|types?|aliases|alias"
)
"""What an at sign of a programming language belongs to."""
