"""The corpus `tales`: very short stories whose true entropy is known, because this grammar is all there is to know.

`GRAMMAR` is the whole language, in the notation of `gpt2mini.grammar`; its floor is drawn on the loss chart. What a
model can learn from it, roughly in this order: letters, spelling, which words follow which, a or an, is or are, he or
she; and last what only attention can know: who is speaking, where the lamp was put, how many pears are left.

A model that sees one block of text does not know what stood before it, so it ends a little above the floor.
"""

from collections.abc import Iterator

from gpt2mini.grammar import NUMBERS, Grammar, Story, nats_per_character, told

__all__ = ["FORMS", "GRAMMAR", "Story", "floor", "stories", "tales"]

GRAMMAR = """
tale
    [opening] [carrying] [meeting] [scene] [scene] [deed]

opening
    One [weather] [day] [time=time], [hero=name] the [trade=trade] [went] to [view.a] [place=place].
    It was [weather.a] [time=time]. [mood.Cap] [hero=name] the [trade=trade] [went] to [view.a] [place=place].
    [hero=name] was [mood.a] [trade=trade] who [went] to [view.a] [place=place] one [weather] [time=time].
carrying
    2*{hero.He} [carried] [object].
    In {hero.his} [bag] lay [object].
object
    3*[look=look.a] [colour=colour] [it=thing]
    some [look=look] [colour=colour] [it=things]
meeting
    {hero.He} met {hero.his} friend [friend=not {hero.he}], [busy].
    2*[friend=not {hero.he}] was there, [busy].
    "Good {time}, {hero}," said [friend=not {hero.he}], [busy].
busy
    2*[mending] [look.a] [colour] [thing]
    [watching] [mood] [animal]s
    sharing [one=food], [two=food] and [food]
scene
    3*[mood.Cap] [animal]s [slept] [near] [view] [tree]s.
    2*{hero.He} saw [count] [look] [thing]s and [mood] [animal]s.
    2*Nearby, [mood.a] [trade] [hummed] [gladly].
    It smelled of [one=scent], [two=scent] and [scent].
    They had [one=food], [two=food], [three=food] and [food].

deed
    {hero} [acted]
    {hero.He} [offered] to {friend}. {a:=owner}[visit]
acted
    2*[put] the [named] [spot]. {a:=where}[moved]
    swapped the [named] for [price=look.a] [new=thing]. {a:=swap}[visit]
named
    {it}|{colour} {it}|{look} {it}
spot
    [prep=in] the [spot=chest]
    [prep=by] the [spot=bench]
moved
    Then {friend} moved {it.it}. Now {it.they} {it.was} [spot]. [later]
    2*[later]
offered
    [gave] the [named]{owner:={friend}}
    [showed] the [named]{owner:={hero}}
visit
    Then [mood] [guest=name] the [trade] [arrived]. [later]
later
    2*[scene] [news]
    [news]
news
    3*{friend} [told]/[talk]
    The [event=event] [began=beginning] at [hour=hour] o'clock.{b:=hour}/[talk]
told
    2*had [had=had] [fruit=fruit]s{b:=count} [change]
    [liked=liking] [food=food] and [dish=food].{b:=food}
    lived in [town=town].{b:=town}
    owned [mood.a] [pet=animal] named [called=called].{b:=pet}
change
    and [found] [more=few] more{total:={had}+{more}}[result]
    but [lost] [more=few]{total:={had}-{more}}[result]
result
    3*.
    ; now there {total.was} {total}.

talk
    {rest:={b}}[ask {a}][more]
    {rest:={a}}[ask {b}][more]
more
    [ask {rest}][ending]
    [ending]
ask where
    {friend}: [where] the [named]?/{hero}: [there] {prep} the {spot}{to:={friend}}[stop]
where
    Where {it.is}|Have you seen|Can you see|Can you find
there
    {it.It} {it.is}|Look|Check|You will find {it.it}
ask owner
    {guest}: [who] the [named]?/{owner}: [mine]{to:={guest}}[stop]
who
    Who has|Who owns|Whose {it.is}
mine
    I have {it.it}|{it.It} {it.is} mine
ask swap
    {guest}: [swapped] the [named]?/{hero}: [got] {price.a} {new}{to:={guest}}[stop]
swapped
    What did you get for|Did you sell|What happened to
got
    I got|I have
ask count
    {hero}: [counted]?/{friend}: [so many]{to:={hero}}[stop]
counted
    How many {fruit}s do you have|Do you still have {fruit}s|Can you count your {fruit}s
so many
    I have {total} {fruit}{total.s}|There {total.is} {total}|{total.Cap}
ask hour
    {hero}: When did the {event} {began.base}?/{friend}: [when] {hour} o'clock{to:={hero}}[stop]
when
    At|It was at|I think at
ask food
    {hero}: What do you {liked.base}?/{friend}: I {liked.base} {food} and {dish}{to:={hero}}[stop]
ask town
    {hero}: Where [home]?/{friend}: [in town] {town}{to:={hero}}[stop]
home
    do you live|is your home
in town
    In|I live in|My home is
ask pet
    {hero}: [what] your {pet}?/{friend}: {called}{to:={hero}}[stop]
what
    What do you call|Who is
stop
    ./|, {to}./
    7*. [remark]/
remark
    I like [one=food], [two=food] and [food].
    Those [animal]s are [one=mood] and [mood].
    It smells of [one=scent] and [scent].
    Shall we have [one=food], [two=food] or [food]?
    My [one=mood] [aunt] is [mood.a] [trade].
    You look [one=mood] today, and [mood].
    I need [look.a] [colour] [thing].
    [weather.Cap] days are [mood] days.
ending
    The {trade} left the {place}, [one=mood], [two=mood] and [mood].//
    They [went] home with [look] [thing]s and [food].//
    So the {time} ended, [one=weather], [two=weather] and [weather].//
    {friend}'s [mood] [aunt] brought [one=food], [two=food] and [food].//

name
    [girl]|[boy]
not she
    [boy]
not he
    [girl]
girl
    Mara|Lily|Ida|Nora|Wren|Ada|Ruth|Vera|Tess|Pia|Zoe|Bea|Fern|Yuki|Uma|Iris|Kate|Ella|Lena|Anja|Eve|Joan|Olga|Greta
    Dora|Cleo|Sofia|Ivy|June
boy
    Tom|Ben|Finn|Hugo|Otto|Sam|Leo|Max|Karl|Emil|Paul|Noah|Jack|Felix|Arlo|Dan|Will|Ravi|Gus|Yan|Rob|Tim|Pete|Jon|Abel
    Victor|Cal|Lars
called
    Pepper|Rusty|Pip|Daisy|Moss|Coco|Dot|Hazel|Inky|Jasper|Lucky|Nutmeg|Poppy|Smoky|Toffee|Velvet|Ziggy|Fudge|Ginger
    Kipper|Muffin|Otis
town
    [Oak][ford]
Oak
    Oak|Ash|Elm|Mill|Stone|River|Green|Win|Hart|Fair|Black|White|Nor|Sut|Lang|King|Rose|Fox|Crow|Thorn|Hay|Swan|East
    Wal
ford
    ford|ham|ton|wick|dale|bury|field|wood|bridge|mere|well|stead|combe|ley|worth|burn
few
    one|two|three
had
    four|five|six|seven|eight|nine
count
    two|three|four|five|six|many|some
hour
    2|3|4|5|6|7|8|9|10|11|12
weather
    misty|sunny|windy|rainy|snowy|warm|cool|mild|grey|quiet|still|dewy|foggy|silver|balmy|hazy|crisp|dry|dim|icy|fresh
    pale|dark|sweet|calm|soft|blue|pink|clear|damp
day
    Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|winter|spring|summer|autumn|April|May|June|July|March
time
    morning|afternoon|evening
mood
    young|old|kind|shy|bold|calm|tall|merry|wise|brave|clever|gentle|poor|rich|busy|tired|sleepy|hungry|jolly|proud
    humble|lonely|quiet|small|good|happy|lazy|polite|witty|eager|noisy|loyal|fair|sad|slow|quick|neat|messy|plump
    lucky|fancy|mild|silly|grumpy|plain|keen|nice|strong|grand|odd|funny|famous|dreamy|hardy|glad|coy|deft|wild|free
    fit|wary|able|brisk|cute|dizzy|frank|giddy|great|lean|meek|rosy|smart|snug|spry|stern|stout|sweet|swift|tame|warm
    weary|zany
trade
    baker|miller|sailor|tailor|farmer|potter|weaver|teacher|doctor|fisher|singer|dancer|poet|clerk|cook|smith|mason
    barber|judge|writer|nurse|pilot|ranger|driver|hatter|brewer|grocer|guide|hunter|juggler|actor|artist|knight|lawyer
    porter|rider|tinker|waiter|wizard|diver|tutor
went
    walked|came|hurried|rode|drove|wandered|strolled|hiked|ran|climbed|sailed|skipped|marched|drifted|danced|moved
    flew|limped|raced|returned|jogged
view
    old|new|green|empty|busy|quiet|ruined|sunlit|famous|little|great|wide|narrow|upper|lower|royal|wooden|silent|big
    bright|cold|cosy|dark|dusty|grand|hidden|huge|lonely|muddy|nearby|open|pretty|steep|tiny|white|windy|bare|calm
    damp|deep|dim|far|fine|flat|high|leafy|long|misty|pale|rocky|sandy|shady|snowy|stony|sunny|tall|warm|wet|wild
place
    mill|market|harbour|river|lake|forest|garden|castle|tower|bridge|library|school|beach|meadow|valley|hill|barn|inn
    chapel|quarry|park|museum|farm|well|cave|island|pond|square|jetty|zoo|abbey|bakery|camp|canal|city|cliff|dairy
    desert|dock|field|fort|hall|hotel|jungle|marsh|mine|moor|office|palace|port|shop|stable|street|swamp|temple|town
    yard
carried
    carried|brought|held|bought|found|borrowed|dragged|packed|wanted|needed|had|kept|loved|guarded|pulled|won|made
bag
    bag|basket|sack|cart|pack|box|boat|case|trunk|room
look
    small|big|old|new|shiny|dusty|heavy|light|thin|thick|round|square|broken|pretty|plain|dirty|clean|soft|tiny|huge
    cheap|fine|odd|ugly|smooth|rough|worn|lovely|empty|long|short|wide|narrow|flat|bent|curved|simple|fancy|rare
    costly|damp|dry|warm|cold|sturdy|bright|dull|quaint|muddy|faded|carved|rusty|tidy|mighty|jolly|exotic|low|tall
    loose|sharp|oval|deep|hard|wet|torn|bare|cute|drab|frail|grimy|lacy|limp|lost|mossy|neat|nice|sleek|slim|spare
    stiff|waxy|wavy|wiry
colour
    red|blue|green|yellow|white|black|brown|grey|pink|purple|orange|golden|silver|violet|copper|crimson|amber|ivory
    jade|lilac|navy|tan|teal
thing
    lamp|kite|cup|drum|hat|book|clock|coat|bowl|bell|rope|chair|spoon|vase|flute|mirror|umbrella|broom|doll|fan|flag
    fork|harp|horn|jar|jug|kettle|lute|map|mug|net|oar|pan|pen|pipe|pot|purse|quilt|ring|saw|shawl|sieve|stool|tent
    top|toy|tray|violin|wheel|axe|apron|anvil|cloak|crown|desk|easel|globe|hook|kayak|lock|mat|oven|rug|scale|sled
    spade|sword|tile|towel|urn|wagon|yoke|awl|bib|bin|cane|cape|card|comb|cork|dart|disk|file|flask|gong|hoe|hoop|iron
    keg|lid|mask|medal|pail|peg|plate|quill|rake|reel|robe|seat|skirt|tub|vest|wand|wig
things
    boots|gloves|shoes|socks|keys|beads|scissors|cards|tools|stamps|dice|skates|bricks|chalks|jewels|laces|oats|roots
    wires
mending
    mending|painting|washing|drawing|cleaning|fixing|selling|admiring|weighing|wrapping|making|buying|carving|dusting
    emptying|hiding|lifting|opening|testing|using|building|copying|moving
watching
    watching|feeding|chasing|calling|following|counting|petting|sketching|teaching|leading|hearing|training
animal
    cat|dog|owl|hen|goat|duck|crow|robin|swan|bear|frog|toad|snail|moth|rabbit|squirrel|otter|hedgehog|mole|lamb|horse
    pig|heron|camel|eagle|yak|ant|ape|bat|bull|cow|crab|dove|elk|gull|hare|hawk|koala|lark|lion|llama|mule|newt|panda
    quail|rat|raven|seal|shrew|slug|snake|stork|tiger|vole|wasp|whale|worm|wren|zebra|boar|chick|clam|cub|flea|gnat
    grub|jay|loon|mink|pug|pup|ram|rook|skunk|sloth|stag|tern|viper
slept
    slept|sat|sang|waited|hid|hopped|rested|played|snored|danced|dozed|stood|yawned|ate|dug|jumped|lay|hunted|nested
    fed|grazed|met|paused|ran|talked|argued|bathed|lived|roamed|fell|flew|hung|knelt|leapt|rose|spun|swam|walked|woke
    stared
near
    near|under|behind|beside|by|beyond|past|around
tree
    oak|pine|willow|elm|maple|cedar|hedge|rock|wall|gate|fence|fern|hut|tent|nest|log|alder|bank|cabin|dune|grove
    hazel|juniper|kiln|mound|palm|path|poplar|quince|rose|shed|spring|stream|stump|vine|yew|barn|boat|cave|field|lane
    pond|road|ruin|door|pot|rug|cart|pole|tower
food
    bread|jam|figs|plums|soup|cheese|honey|nuts|cake|rice|beans|peas|milk|tea|corn|dates|fish|grapes|ham|kale|leeks
    melon|olives|onions|pasta|salad|toast|yams|butter|cherries|garlic|bacon|beets|celery|cocoa|cream|eggs|fudge|gravy
    herbs|juice|limes|oats|pancakes|pears|pie|pumpkin|stew|sugar|trout|rye|buns|kiwi|tuna|cod|tofu|dill|curry|flan
    tarts|rolls|chips|eel|okra|soda|syrup|broth|chard
scent
    mint|thyme|sage|hay|rain|smoke|roses|lilac|moss|salt|snow|basil|lavender|wood|earth|ferns|dust|wax|cocoa|lemon
    bread|cedar|dew|fish|grass|honey|ink|jasmine|mud|oil|paint|pine|sand|soap|straw|tar|wool|ash|beer|clay|cake|cloth
    coal|corn|figs|fir|glue|gum|herbs|ice|iron|jam|malt|milk|musk|nuts|peat|plums|resin|rope|rust|silk|tea|tin|toast
    yeast
hummed
    hummed|smiled|sang|waited|worked|rested|danced|read|slept|talked|yawned|bowed|cooked|fished|gazed|hopped|jumped
    knelt|nodded|played|prayed|ran|sat|sewed|spoke|stood|swam|wrote
gladly
    gladly|softly|slowly|quietly|loudly|kindly|calmly|warmly|shyly|lazily|gently|again|alone|boldly|daily|early|freely
    idly|keenly|late|neatly|oddly|often|safely|wisely|well|too|a lot|all day|at ease|as usual|in peace|twice|today
    still
put
    put|left|hid|laid|dropped|placed|set
chest
    chest|basket|box|barrel|cart|trunk|crate|shed|boat|tub|wagon|bucket|drawer|hut|van
bench
    bench|table|stove|window|ladder|stairs|well|door|bed|desk|piano|statue|ditch|mirror|altar|anchor|cage|gate|hedge
    loom|pillar|rock|sofa|tree|wall|clock
in
    in|on|under|behind
by
    by|near|next to|close to|opposite
gave
    gave|sold|lent|handed|passed
showed
    showed|described|explained|praised
arrived
    arrived|came by|walked in|woke up|called
event
    rain|play|dance|market|race|feast|lesson|parade|game|storm|fair|show|trip|sale|party|choir|drill|exam|hunt|match
    opera|quiz|voyage
beginning
    began|started|ended
fruit
    pear|apple|nut|shell|button|bead|coin|lemon|acorn|carrot|egg|stone|rose|tulip|bun|turnip|walnut|almond|plum|cookie
    seed|ticket|pebble|marble|arrow|badge|book|cake|candle|crown|doll|flag|gem|hat|jewel|kite|leek|letter|melon|muffin
    needle|onion|orange|parcel|pin|poem|quill|ring|ribbon|scroll|spoon|stamp|toy|violet|yam
found
    found|bought|picked|got|won|made
lost
    lost|sold|dropped|gave away|hid|lent
liking
    liked|loved|sold|wanted|needed
aunt
    aunt|uncle|mother|father|sister|brother|cousin|nephew|teacher|neighbour|niece|grandpa
"""

ONE = {"is": "is", "was": "was", "it": "it", "they": "it", "It": "It", "s": ""}
MANY = {"is": "are", "was": "were", "it": "them", "they": "they", "It": "They", "s": "s"}

FORMS = {
    "": ONE,
    "things": MANY,
    **dict.fromkeys(NUMBERS[2:], MANY),
    "girl": {"he": "she", "He": "She", "his": "her"},
    "boy": {"he": "he", "He": "He", "his": "his"},
    "began": {"base": "begin"},
    "started": {"base": "start"},
    "ended": {"base": "end"},
    "liked": {"base": "like"},
    "loved": {"base": "love"},
    "sold": {"base": "sell"},
    "wanted": {"base": "want"},
    "needed": {"base": "need"},
}
"""How a word, or all words of a rule, inflect; any other word is one thing."""


def stories(seed: int = 0) -> Iterator[Story]:
    """Tell stories without end; the same seed tells the same on every machine."""
    return Grammar.parse(GRAMMAR, FORMS).stories(seed)


def tales(characters: int = 1_000_000, seed: int = 0) -> str:
    """Return whole stories, as few as make at least so many characters."""
    return told(stories(seed), characters)


def floor(start: int = 0, end: int = 1_000_000, seed: int = 0) -> float:
    """Return the nats per character that characters start to end of the corpus truly hold.

    Raises ValueError for an empty stretch.
    """
    return nats_per_character(stories(seed), start, end)
