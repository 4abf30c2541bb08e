/**
 * The plain English words that the checker `word` accepts, written for this project. Lower-case
 * ASCII, 3 to 5 letters. A word that is not here counts as wrong: the model can learn the list from its data.
 */
const text = `
able about above across act action active add afraid after again age agent air airport album alive all alone along
also amber among ancient anchor angle animal ankle answer ant apple apron arch arm army around arrow art
artist ash ask atlas attic aunt autumn avocado award away axe
baby back bacon bad badge bag baker ball balloon bamboo banana band bank barn basket bath beach bean bear beard
beauty bed bee beef before begin behind bell below belt bench berry best better big bike bird birth bit bitter black
blade blanket blue board boat body bone book boot border bottle bottom bowl box boy brain branch brave bread break
breath brick bridge bright bring broom brother brown brush bubble bucket build bus busy butter button buy
cabbage cabin cake calm camel camera camp candle candy canoe canyon cap captain car card care carpet carrot castle
cat catch cave cedar center chain chair chalk change cheese cherry chest chicken child circle circus city clay clean
clear cliff climb clock cloth cloud club coach coal coast coat cobra coffee coin cold color comb come cook cookie
cool copper coral corn corner cotton count country cousin cow crab cradle crown cup curtain curve custom cute
dad daily dance dark date day deep deer den desert desk diamond dice dinner dirt dish distance doctor dog doll dolphin
donkey door double dove down dragon draw dream dress drift drink drive drop drum dry duck dune dust
each eager eagle ear early earth east easy eat echo edge eel egg eight elbow elder electric elephant eleven elk elm
empty end energy engine enjoy enough enter equal escape even evening event ever every exact exit expert extra eye
face fact factory fair fall family famous fan far farm farmer fast father feather feed fence fern few field fig fill film
final find finger fire first fish five flag flame flat flood floor flour flower flute fly fog folk food foot forest fork
fox free fresh friend frog front frost fruit full fun funny fur future
gallery game garage garden garlic gate gather gem gentle giant gift ginger giraffe girl give glad glass globe glove goal
goat gold golden good goose grain grand grape grass gravel gray great green grid ground group grow guard guess guest
guide guitar gull gum
habit hair half hall hammer hand handle happy harbor hard hare harvest hat hawk hay hazel head heart heat heavy
hedge height hello helmet help hen herb hero hidden high hill hint hip history hobby hold hole holiday home honest honey
hood hook hope horn horse hotel hour house hug human hungry hunt hurry hut
ice icon idea igloo image inch indoor ink inn insect inside invite iris iron island item itch ivory ivy
jacket jaguar jam jar jaw jazz jeans jelly jet jewel job join joke journey joy judge juice jump 
jungle junior jury just
kayak keen keep kettle key kick kid kidney kind king kiss kit kitchen kite kitten kiwi knee knife knight knit knob knock
knot know koala
label lace ladder lady lake lamb lamp land lane lantern large last late laugh lawn lazy lead leaf learn leather left leg
lemon lend length lentil less lesson letter lettuce level library lid lift light lily lime line lion lip list listen
little live lizard loaf lobster local lock log logic long look loop loud love low lucky lunch
machine magic magnet mail main make mango manor map maple march marble mark market mask mat match may meadow meal meat
medal melon member memory menu metal middle mild mile milk mill mind mine mint minute mirror mist mix model modern mole
moment money monkey month moon moose morning moss moth mother motor mountain mouse mouth move movie much mud
muffin mule muscle museum music mustard
nail name napkin narrow nation nature near neat neck needle nephew nerve nest net never new news next nice niece night
nine noble noise noon normal north nose note nothing novel now number nurse nut nutmeg
oak oar oasis oat object ocean octopus odd offer office often oil old olive omelet once onion only open opera
orange orchard order organ otter ounce outdoor outside oval oven over owl own owner ox oxygen oyster
pack paddle page paint pair palace pale palm pan panda panel paper parade parent park parrot part party pasta path
patient pause paw pea peace peach peanut pear pearl pebble pen pencil people pepper perfect person piano picnic picture
pie piece pig pigeon pillow pilot pine pink pipe pirate pizza place plain plan planet plant plate play please plenty plum
pocket poem poet point polar police polite pond pony pool poppy port post pot potato powder power present pretty price
prince print prize pumpkin pupil puppy pure purple puzzle
quail quality quarter queen quest question quick quiet quill quilt quite quiz quote
rabbit race radio radish raft rail rain rainbow raisin ranch rapid rare rat raven raw razor reach read ready real reason
recipe record red reed reef regular remember rent reply rescue rest result return ribbon rice rich ride right ring ripe
river road roast robin robot rock rocket roll roof room root rope rose round route royal ruby rug rule ruler run rural
rush rust
sad saddle safe sail salad salmon salt same sand sandal sauce save scale scarf school science scissors score sea
seal search season seat second secret seed seven shade shadow shark sharp sheep shelf shell shine ship shirt shoe shop
short shout shovel show shower shrimp side sign silence silk silver simple sing singer sister six size skate sketch ski
skin sky sled sleep slow small smart smile smoke smooth snack snail snake snow soap soccer sock sofa soft soil solid
song soon soup south space spark sparrow speak special spice spider spinach spoon sport spring square squirrel stable
stage stair stamp star station steam steel stem step stick still stone stop store storm story stove strange straw
stream street string strong student sugar suit summer sun sunny sunset supper surf swan sweet swim swing
table tail take talent tall tank tape target taste taxi tea teach teacher team tempo ten tennis tent test thank theater
thick thin thing thumb thunder ticket tide tie tiger tile time tin tiny tire title toast today toe tomato tongue tool
tooth top torch tortoise total towel tower town toy track trade train travel tray treat tree triangle trick trip truck
true trumpet trunk trust truth tulip tuna tunnel turkey turn turtle twelve twenty twin two type
ugly umbrella uncle under uniform union unit until upper upset urban use useful usual
valley value van vanilla vase vast vegetable velvet very vest victory view village vine violet violin visit voice volcano
vote voyage
wagon waist wait walk wall walnut walrus warm wash wasp watch water wave wax way weak weather web week weight west wet
whale wheat wheel whisper whistle white wide wild willow wind window wing winner winter wire wise wish wolf wonder wood
wool word work world worm wrist write
yacht yard yarn year yeast yellow yes yogurt young
zebra zero zigzag zinc zipper zone zoo zoom
`

/** Sorted, without duplicates, 3 to 5 letters. */
export const wordList: readonly string[] = [...new Set(text.split(/\s+/))]
  .filter((word) => word.length >= 3 && word.length <= 5)
  .toSorted()

export const knownWords: ReadonlySet<string> = new Set(wordList)
