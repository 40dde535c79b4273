"""Anatomical regions, the organs within them, and their codes.

SNOMED CT as DICOM uses it now (PS3.16, CID 4030 and CID 4031), and the SNOMED-RT codes of older
files (PS3.16 Annex L and the former SRT scheme).
Regions are those that people filter by; what lies within one is its organ. Long bones and the
soft parts around them are organs of `upper_limb` or `lower_limb`, the joints are regions of their
own. Face, sinuses, orbits, ears and jaws, teeth included, are organs of `head`. A sacroiliac joint
is looked for in the pelvis, a trachea and an oesophagus in the chest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Region:
    """An anatomical region: its codes, and its organs with theirs.

    within: the larger regions that it is part of; the first is what it is taken for next to others.
    """

    codes: tuple[str, ...]
    organs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A region, and the organ where one is meant."""

    region: str
    organ: str | None = None


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _organs(table: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    return {organ: _codes(codes) for organ, codes in table.items()}


REGIONS: Mapping[str, Region] = {
    "chest": Region(
        _codes("816094009 51185008 T-D3000"),
        _organs(
            {
                "lung": "39607008 T-28000 86598002 T-280A0 81040000 T-44000 955009 T-26000",
                "mediastinum": "72410000 T-D3300 9875009 T-C8000",
                "rib": "113197003 T-11300",
                "sternum": "56873002 T-11210",
                "esophagus": "32849002 T-56000",
                "trachea": "44567001 T-25000",
                "aorta": "113262008 T-42070 57034009 T-42300",
            }
        ),
    ),
    "abdomen_pelvis": Region(
        _codes(
            "818981001 818982008 816092008 113345001 T-D4000 12921003 T-D6000 416949008 R-FAB57 "
            "39723000 T-15680 22356005 T-12340 38864007 T-D2700 26893007 T-D7000 46862004 T-D2600 "
            "76784001 T-82000 45292006 T-81000 18911002 T-91000"
        ),
        _organs(
            {
                "liver": "10200004 T-62000 303270005 T-50007",
                "kidney": "64033007 T-71000 2841007 T-46600",
                "gallbladder": "28231008 T-63000",
                "cbd": "79741001 T-64500 28273000 T-60610 34707002 T-60600",
                "aorta": "7832008 T-42500 15825003 T-42000",
                "spleen": "78961009 T-C3000",
                "pancreas": "15776009 T-65000 69930009 T-65010 110621006 T-65600",
                "adrenal": "23451007 T-B3000",
                "stomach": "69695003 T-57000 110861005 T-DD163",
                "bowel": (
                    "30315005 T-58000 38848004 T-58200 21306003 T-58400 34516001 T-58600 "
                    "71854001 T-59300 14742008 T-59000 34402009 T-59600 53505006 T-59900"
                ),
                "appendix": "66754008 T-59200",
                "ureter": "87953007 T-73000 431491007 T-7000B",
                "urethra": "13648007 T-75000",
                "bladder": "89837001 T-74000",
                "uterus": "35039007 T-83000 110639002 T-88920",
                "ovary": "15497006 T-87000",
                "prostate": "41216001 T-92000",
                "testis": "40689003 T-94000",
                "fetus": "",
            }
        ),
    ),
    "brain": Region(
        _codes("12738006 T-A0100 11279006 T-45520 128320002 T-A0191"),
        _organs({"pituitary": "42575006 T-D1460", "cerebellum": "113305005 T-A6000"}),
        within=("head",),
    ),
    "head": Region(
        _codes("69536005 T-D1100 89546000 T-11100 41695006 T-D1160 21974007 T-53000"),
        _organs(
            {
                "orbit": (
                    "363654007 T-D14AE 81745001 T-AA000 371398005 T-D0801 55024004 T-11102 "
                    "28726007 T-AA200 80243003 T-AA810 18619003 T-AA110"
                ),
                "sinus": "2095001 T-22000 55060009 T-22200",
                "jaw": "661005 T-D1213 91609006 T-11180 70925003 T-11170 53620006 T-15290",
                "ear": "117590005 T-AB001 59066005 T-11133 361078006 T-AB959",
                "face": (
                    "89545001 T-D1200 91397008 T-11196 13881006 T-11166 74386004 T-11149 "
                    "60819002 T-D1206 123851003 T-D0662 48477009 T-52000"
                ),
            }
        ),
    ),
    "neck": Region(
        _codes("45048000 T-D1600 5713008 T-D1603"),
        _organs(
            {
                "carotid": "69105007 T-45010",
                "larynx": "4596009 T-24100",
                "pharynx": "54066008 T-55000",
                "salivary_gland": "45289007 T-61100 54019009 T-61300",
            }
        ),
    ),
    "thyroid": Region(
        _codes("69748006 T-B6000"), _organs({"parathyroid": "111002 T-B7000"}), within=("neck",)
    ),
    "spine": Region(
        _codes(
            "421060004 T-D04FF T-D0146 2748008 T-A7010 1217257000 1217256009 1217253001 1217254007 "
            "77568009 T-D2100"
        ),
        _organs(
            {
                "cervical_spine": "122494005 T-11501",
                "thoracic_spine": "122495006 T-11502",
                "lumbar_spine": "122496007 T-11503",
                "sacrum": "54735007 T-11AD0 64688005 T-11BF0",
            }
        ),
    ),
    "shoulder": Region(
        _codes("16982005 T-D2220 85856004 T-15420"),
        _organs(
            {
                "clavicle": "51299004 T-12310 7844006 T-15610",
                "scapula": "79601000 T-12280",
            }
        ),
        within=("upper_limb",),
    ),
    "elbow": Region(_codes("16953009 T-15430 T-D8300"), within=("upper_limb",)),
    "hand_wrist": Region(
        _codes("85562004 T-D8700 8205005 T-D8600 74670003 T-15460"),
        _organs({"finger": "7569003 T-D8800 76505004 T-D8810"}),
        within=("upper_limb",),
    ),
    "upper_limb": Region(
        _codes("53120007 T-D8000 371195002 T-D0821 30608006 T-13600"),
        _organs(
            {
                "upper_arm": "40983000 T-D8200",
                "humerus": "85050009 T-12410",
                "forearm": "14975008 T-D8500",
                "radius": "62413002 T-12420",
                "ulna": "23416004 T-12430",
            }
        ),
    ),
    "hip": Region(
        _codes("29836001 T-D2500 24136001 T-15710"), within=("lower_limb", "abdomen_pelvis")
    ),
    "knee": Region(
        _codes("72696002 T-D9200 32361000 T-D9310"),
        _organs({"patella": "64234005 T-12730"}),
        within=("lower_limb",),
    ),
    "ankle_foot": Region(
        _codes("70258002 T-15750 56459004 T-D9700 T-D9500 27949001 T-15770 58742003 T-12980"),
        _organs({"calcaneus": "80144004 T-12770", "toe": "29707007 T-D9800"}),
        within=("lower_limb",),
    ),
    "lower_limb": Region(
        _codes("61685007 T-D9000 72001000 T-12700 102292000 T-14668 299716001 T-41068"),
        _organs(
            {
                "thigh": "68367000 T-D9100",
                "femur": "71341001 T-12710",
                "lower_leg": "30021000 T-D9400",
                "tibia": "12611008 T-12740",
                "fibula": "87342007 T-12750",
            }
        ),
    ),
    "breast": Region(_codes("76752008 T-04000"), within=("chest",)),
    "heart": Region(
        _codes("80891009 T-32000"), _organs({"coronary": "41801008 T-43000"}), within=("chest",)
    ),
    "multi": Region(
        _codes(
            "38266002 T-D0010 774007 T-D1000 417437006 R-FAB52 416152001 R-FAB53 "
            "416319003 R-FAB54 416550000 R-FAB55 416775004 R-FAB56 110517009 T-11011 1231522001 "
            "22943007 T-D2000"
        )
    ),
}

_PLACE_OF_CODE: Mapping[str, Place] = {
    **{code: Place(name) for name, region in REGIONS.items() for code in region.codes},
    **{
        code: Place(name, organ)
        for name, region in REGIONS.items()
        for organ, codes in region.organs.items()
        for code in codes
    },
}

_TRUNK = ("head", "neck", "chest", "abdomen_pelvis")
_STANDARD_PAIRS = frozenset(
    {frozenset({"head", "spine"}), frozenset({"abdomen_pelvis", "lower_limb"})}
    | {frozenset({one, other}) for one in _TRUNK for other in _TRUNK if one != other}
)
"""What the standard has a code for taken together (CID 4031: Chest and Abdomen; Neck, Chest,
Abdomen and Pelvis; Vertebral column and cranium; Pelvis and lower extremities …)."""

PAIRED_REGIONS = frozenset(
    "shoulder elbow hand_wrist upper_limb hip knee ankle_foot lower_limb breast".split()
)
PAIRED_ORGANS = frozenset("kidney adrenal ovary testis orbit ear carotid lung ureter rib".split())


def place_of_code(code: str) -> Place | None:
    """The place of a SNOMED CT or SRT code, None when it is not one of ours."""
    return _PLACE_OF_CODE.get(code.strip())


def combined(places: list[Place]) -> Place | None:
    """What several places that are named together mean; None of none.

    A region and one within it are the smaller one; an organ that two named regions can have
    belongs to the one that is named. Regions that the standard takes together are `multi`, several
    joints of one limb are that limb; of anything else the first counts. The organ is the one that
    is named, none when there are several.
    """
    plain = {place.region for place in places if place.organ is None}
    places = [_at_home(place, plain) for place in places]
    regions = list(dict.fromkeys(place.region for place in places))
    smallest = [each for each in regions if not any(each in REGIONS[one].within for one in regions)]
    if not smallest:
        return None
    whole = dict.fromkeys((*REGIONS[each].within, each)[0] for each in smallest)
    if "multi" in smallest or any(
        frozenset({one, other}) in _STANDARD_PAIRS for one in whole for other in whole
    ):
        return Place("multi")
    if len(smallest) > 1 and len(whole) == 1 and "limb" in next(iter(whole)):
        return Place(next(iter(whole)))
    organs = {place.organ for place in places if place.region == smallest[0] and place.organ}
    return Place(smallest[0], organs.pop() if len(organs) == 1 else None)


def _at_home(place: Place, named: set[str]) -> Place:
    """`place` in a region of `named` that has its organ, too: the aorta of a chest."""
    if place.organ is None or place.region in named:
        return place
    for region in named:
        if place.organ in REGIONS[region].organs:
            return Place(region, place.organ)
    return place
