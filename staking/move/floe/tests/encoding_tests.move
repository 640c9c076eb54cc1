/// Against Walrus's encoder: ids and sizes of its published vectors, and a table of sizes computed apart from this package.
#[test_only]
module floe::encoding_tests;

use floe::bft;
use floe::encoding;
use std::unit_test::assert_eq;

/// Red Stuff over Reed-Solomon codes.
const RS2: u8 = 1;

#[test]
fun thresholds() {
    // Shards, faulty, quorum, and the least weight in which one is honest.
    let table: vector<vector<u16>> = vector[
        vector[4, 1, 3, 2],
        vector[5, 1, 4, 2],
        vector[6, 1, 5, 3],
        vector[7, 2, 5, 3],
        vector[10, 3, 7, 4],
        vector[13, 4, 9, 5],
        vector[16, 5, 11, 6],
        vector[31, 10, 21, 11],
        vector[100, 33, 67, 34],
        vector[301, 100, 201, 101],
        vector[1000, 333, 667, 334],
        vector[4096, 1365, 2731, 1366],
    ];
    table.do!(|row| {
        let n = row[0];
        assert_eq!(bft::max_faulty(n), row[1]);
        assert_eq!(bft::quorum(n), row[2]);
        assert!(bft::is_quorum(row[2], n) && !bft::is_quorum(row[2] - 1, n));
        assert!(bft::is_validity(row[3], n) && !bft::is_validity(row[3] - 1, n));
    });
    assert!(!bft::is_quorum(0, 0) && !bft::is_validity(0, 0));
    assert!(bft::is_quorum(65_535, 65_535) && !bft::is_quorum(43_690, 65_535));
}

#[test, expected_failure(arithmetic_error, location = floe::bft)]
fun no_shards_have_no_faulty() {
    bft::max_faulty(0);
}

#[test]
fun blob_ids() {
    // Digests are numbers whose little-endian bytes are the digest.
    assert_eq!(
        encoding::derive_blob_id(
            13450811337449020312915733093878215873883390431837569075023169571840612933478,
            RS2,
            0,
        ),
        30031285719138691499908173054154181527264463065269085110323636905507196529674,
    );
    assert_eq!(
        encoding::derive_blob_id(
            41971952861491035407151761289049445258030618656890006534485022868420194552726,
            RS2,
            1,
        ),
        55611910428588664315411824016004475230520961221003892438530309755814264831171,
    );
    assert_eq!(
        encoding::derive_blob_id(
            114954435606553805240016025136867681884967938371578458455110656711105351883020,
            RS2,
            100,
        ),
        79122076150616934425268385713575380058802530083357277039862619708606168319294,
    );
    assert_eq!(
        encoding::derive_blob_id(
            60052941653523220345957574821565142900854463039988666791808043773419982656150,
            RS2,
            100,
        ),
        48243518052298293918090317926319343684341476497326614372970392648654522510466,
    );
    assert_eq!(
        encoding::derive_blob_id(
            102012561892320400742302659067358742059068532475669091182739092995291432354592,
            RS2,
            100,
        ),
        114977613563896262344000409221781312018501670610969284759089128930002732591548,
    );
    assert_eq!(
        encoding::derive_blob_id(
            62477946977783681496363027504718921587307985113482811182391406524599392389187,
            RS2,
            1000,
        ),
        101218853278792378270116384443108544579039715193837010523019785775460382455369,
    );
    assert_eq!(
        encoding::derive_blob_id(
            91255940017246216104217673935082453311829176144744807442119256345507875849903,
            RS2,
            1000,
        ),
        84445391431676656070028223500213608903981670461269878262504272842796709232824,
    );
    assert_eq!(
        encoding::derive_blob_id(
            9288888584941424820117715606241571801421202618915683649313629551156237883178,
            RS2,
            500,
        ),
        74530682174801427216449672122225462029620734106474005108614262044673710803140,
    );
    assert_eq!(
        encoding::derive_blob_id(
            101074045070432237408162819664806833483386202771368532002717818897074066927565,
            RS2,
            3000,
        ),
        45675044970395453736445375221670344132827996892029732361448441788918227960130,
    );
    assert_eq!(
        encoding::derive_blob_id(
            107309322869500631626075129456995924240457787523099258407127752828091195702194,
            RS2,
            100000,
        ),
        24629420141526481193692360772287999373735874308115024973073992152725049621978,
    );
    assert_eq!(
        encoding::derive_blob_id(
            46678861619116743964245702260001459053454103760965409495185806095523730013489,
            RS2,
            200000,
        ),
        32442581844405164939115097618935483962519258143060173505032893558362307098497,
    );
    assert_eq!(
        encoding::derive_blob_id(
            99001800779686353422718214684945866919011080930324366977689168699229601856483,
            RS2,
            0,
        ),
        115266429928251495341554418733506437537355316002977678939293217155078572499932,
    );
    assert_eq!(
        encoding::derive_blob_id(
            96460627219916006354815063907084904483883698266502380283514757123264051702041,
            RS2,
            1,
        ),
        81811489982250062735899204648519255855224181972441207427950941293399526169360,
    );
    assert_eq!(
        encoding::derive_blob_id(
            88584741469003604628399932264236273563148618028559702825507165400452541749328,
            RS2,
            445556,
        ),
        41309000141264618902500566889115729141238792954026842665009738076751071475686,
    );
    assert_eq!(
        encoding::derive_blob_id(
            27123126514008990450204413832683518248340822731631883779002836677705402912598,
            RS2,
            445557,
        ),
        96478698156005055197003782990369910467525966587943380359835325399625663130285,
    );
    assert_eq!(
        encoding::derive_blob_id(
            48664890003643519399168745987211461270588710561349838389555618077676423911035,
            RS2,
            1048576,
        ),
        3145306259897169306638694003715741330141900873877504829956108535267047760128,
    );
}

#[test]
fun blob_id_depends_on_everything() {
    let id = encoding::derive_blob_id(7, RS2, 9);
    assert!(id != encoding::derive_blob_id(8, RS2, 9));
    assert!(id != encoding::derive_blob_id(7, 0, 9));
    assert!(id != encoding::derive_blob_id(7, RS2, 10));
}

#[test]
fun symbol_sizes_of_the_vectors() {
    // Shards, bytes, bytes of a symbol.
    let table: vector<vector<u64>> = vector[
        vector[4, 0, 2],
        vector[4, 1, 2],
        vector[4, 100, 18],
        vector[5, 100, 10],
        vector[7, 100, 8],
        vector[10, 1000, 36],
        vector[13, 1000, 24],
        vector[16, 500, 8],
        vector[31, 3000, 14],
        vector[100, 100000, 44],
        vector[301, 200000, 10],
        vector[1000, 0, 2],
        vector[1000, 1, 2],
        vector[1000, 445556, 2],
        vector[1000, 445557, 4],
        vector[1000, 1048576, 6],
    ];
    table.do!(|row| assert_eq!(encoding::symbol_size(row[1], row[0] as u16, RS2), row[2]));
}

#[test]
fun encoded_sizes() {
    // Shards, bytes, bytes encoded.
    let table: vector<vector<u64>> = vector[
        vector[4, 0, 1192],
        vector[4, 1, 1192],
        vector[4, 2, 1192],
        vector[4, 6, 1192],
        vector[4, 12, 1192],
        vector[4, 13, 1232],
        vector[4, 24, 1232],
        vector[4, 213595, 713152],
        vector[4, 393203, 1311832],
        vector[4, 393204, 1311832],
        vector[5, 0, 1830],
        vector[5, 1, 1830],
        vector[5, 2, 1830],
        vector[5, 12, 1830],
        vector[5, 24, 1830],
        vector[5, 25, 1900],
        vector[5, 48, 1900],
        vector[5, 213595, 624760],
        vector[5, 786407, 2295450],
        vector[5, 786408, 2295450],
        vector[6, 0, 2604],
        vector[6, 1, 2604],
        vector[6, 2, 2604],
        vector[6, 20, 2604],
        vector[6, 40, 2604],
        vector[6, 41, 2712],
        vector[6, 80, 2712],
        vector[6, 1000003, 2702604],
        vector[6, 1048576, 2833716],
        vector[6, 1310679, 3541332],
        vector[6, 1310680, 3541332],
        vector[7, 0, 3472],
        vector[7, 1, 3472],
        vector[7, 2, 3472],
        vector[7, 15, 3472],
        vector[7, 30, 3472],
        vector[7, 31, 3584],
        vector[7, 60, 3584],
        vector[7, 16993, 66864],
        vector[7, 983009, 3673264],
        vector[7, 983010, 3673264],
        vector[10, 0, 6940],
        vector[10, 1, 6940],
        vector[10, 2, 6940],
        vector[10, 28, 6940],
        vector[10, 56, 6940],
        vector[10, 57, 7160],
        vector[10, 112, 7160],
        vector[10, 1000003, 3935480],
        vector[10, 1048576, 4126220],
        vector[10, 1834951, 7215460],
        vector[10, 1834952, 7215460],
        vector[13, 0, 11596],
        vector[13, 1, 11596],
        vector[13, 2, 11596],
        vector[13, 45, 11596],
        vector[13, 90, 11596],
        vector[13, 91, 11960],
        vector[13, 180, 11960],
        vector[13, 1000003, 4056000],
        vector[13, 1048576, 4252196],
        vector[13, 2949029, 11938420],
        vector[13, 2949030, 11938420],
        vector[16, 0, 17440],
        vector[16, 1, 17440],
        vector[16, 2, 17440],
        vector[16, 66, 17440],
        vector[16, 132, 17440],
        vector[16, 133, 17984],
        vector[16, 264, 17984],
        vector[16, 1000003, 4138240],
        vector[16, 1048576, 4338432],
        vector[16, 4325243, 17842144],
        vector[16, 4325244, 17842144],
        vector[31, 0, 64480],
        vector[31, 1, 64480],
        vector[31, 2, 64480],
        vector[31, 231, 64480],
        vector[31, 462, 64480],
        vector[31, 463, 66464],
        vector[31, 924, 66464],
        vector[31, 1000003, 4357856],
        vector[31, 1048576, 4566176],
        vector[31, 10485760, 45093344],
        vector[31, 15138353, 65072224],
        vector[31, 15138354, 65072224],
        vector[100, 0, 663400],
        vector[100, 1, 663400],
        vector[100, 2, 663400],
        vector[100, 2278, 663400],
        vector[100, 4556, 663400],
        vector[100, 4557, 683600],
        vector[100, 9112, 683600],
        vector[100, 1000003, 5087200],
        vector[100, 1048576, 5309400],
        vector[100, 10485760, 47143600],
        vector[100, 104857600, 465566400],
        vector[100, 149286451, 662536600],
        vector[100, 149286452, 662536600],
        vector[301, 0, 5989900],
        vector[301, 1, 5989900],
        vector[301, 2, 5989900],
        vector[301, 20301, 5989900],
        vector[301, 40602, 5989900],
        vector[301, 40603, 6171704],
        vector[301, 81204, 6171704],
        vector[301, 1000003, 10353196],
        vector[301, 1048576, 10535000],
        vector[301, 10485760, 52895332],
        vector[301, 104857600, 475407828],
        vector[301, 1073741824, 4813796680],
        vector[301, 1330405733, 5962979764],
        vector[301, 1330405734, 5962979764],
        vector[1000, 0, 66034000],
        vector[1000, 1, 66034000],
        vector[1000, 2, 66034000],
        vector[1000, 222778, 66034000],
        vector[1000, 445556, 66034000],
        vector[1000, 445557, 68036000],
        vector[1000, 891112, 68036000],
        vector[1000, 1000003, 70038000],
        vector[1000, 1048576, 70038000],
        vector[1000, 10485760, 112080000],
        vector[1000, 104857600, 536504000],
        vector[1000, 1073741824, 4888852000],
        vector[1000, 14599533451, 65663566000],
        vector[1000, 14599533452, 65663566000],
        vector[4096, 0, 1107435520],
        vector[4096, 1, 1107435520],
        vector[4096, 2, 1107435520],
        vector[4096, 1000003, 1107435520],
        vector[4096, 1048576, 1107435520],
        vector[4096, 3730546, 1107435520],
        vector[4096, 7461092, 1107435520],
        vector[4096, 7461093, 1140998144],
        vector[4096, 10485760, 1140998144],
        vector[4096, 14922184, 1140998144],
        vector[4096, 104857600, 1577312256],
        vector[4096, 1073741824, 5906890752],
        vector[4096, 244477601563, 1100820373504],
        vector[4096, 244477601564, 1100820373504],
    ];
    table.do!(|row| assert_eq!(encoding::encoded_size(row[1], row[0] as u16, RS2), row[2]));
}

#[test]
fun units_round_up() {
    assert_eq!(encoding::units(0), 0);
    assert_eq!(encoding::units(1), 1);
    assert_eq!(encoding::units(1_048_576), 1);
    assert_eq!(encoding::units(1_048_577), 2);
    assert_eq!(encoding::units(66_034_000), 63);
    assert_eq!(encoding::units(std::u64::max_value!()), 1 << 44);
}

#[test, expected_failure(abort_code = encoding::ETooLarge, location = encoding)]
fun too_large_for_four_shards() {
    encoding::encoded_size(393_205, 4, RS2);
}

#[test, expected_failure(abort_code = encoding::ETooLarge, location = encoding)]
fun too_large_for_a_thousand_shards() {
    encoding::encoded_size(14_599_533_453, 1000, RS2);
}

#[test, expected_failure(abort_code = encoding::ETooLarge, location = encoding)]
fun largest_number() {
    encoding::encoded_size(std::u64::max_value!(), 4, RS2);
}

#[test, expected_failure(abort_code = encoding::EUnknownEncoding, location = encoding)]
fun encoding_type_zero() {
    encoding::symbol_size(1, 4, 0);
}

#[test, expected_failure(abort_code = encoding::EUnknownEncoding, location = encoding)]
fun encoding_type_two() {
    encoding::encoded_size(1, 4, 2);
}
