//! Properties of token formats, rate limits and networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use tokenctl::auth::throttle::RateLimit;
use tokenctl::format::{
    FormatError, LegacySha1, NewSecret, Prefix, Shape, TokenFormat, TokenFormats, TokenctlV1,
    VendorChecksum, VendorType,
};
use tokenctl::network::Networks;
use tokenctl::token_id::TokenId;

use crate::fixture::Seeded;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn generate(format: &dyn TokenFormat, prefix: Option<&str>, seed: u64) -> (TokenId, String) {
    let mut entropy = Seeded(seed);
    let id = TokenId::generate(&mut entropy).unwrap();
    let secret = format
        .generate(&NewSecret { id, prefix }, &mut entropy)
        .unwrap();
    (id, secret.expose_secret().to_owned())
}

fn our_format() -> TokenctlV1 {
    TokenctlV1::new(vec![Prefix::default()])
}

fn with_byte(token: &str, position: usize, byte: u8) -> String {
    let mut bytes = token.as_bytes().to_vec();
    bytes[position] = byte;
    String::from_utf8(bytes).unwrap()
}

#[test]
fn every_wrong_character_of_our_format_is_found() {
    let format = our_format();
    for seed in 0..8 {
        let (_, token) = generate(&format, None, seed);
        for position in 0..token.len() {
            for byte in BASE62.iter().filter(|b| **b != token.as_bytes()[position]) {
                let changed = with_byte(&token, position, *byte);
                assert!(format.check(&changed).is_err(), "{token} as {changed}");
            }
        }
    }
}

#[test]
fn every_swap_of_neighbours_in_our_format_is_found() {
    let format = our_format();
    for seed in 0..64 {
        let (_, token) = generate(&format, None, seed);
        for position in 1..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes.swap(position - 1, position);
            let swapped = String::from_utf8(bytes).unwrap();
            let is_found = swapped == token || format.check(&swapped).is_err();
            assert!(is_found, "{token} as {swapped}");
        }
    }
}

#[test]
fn wrong_character_of_the_id_or_the_secret_is_told_as_such() {
    let (_, token) = generate(&our_format(), None, 7);
    for position in (4..14).chain(15..47) {
        let other = if token.as_bytes()[position] == b'7' {
            b'8'
        } else {
            b'7'
        };
        let refused = our_format().check(&with_byte(&token, position, other));
        assert_eq!(refused, Err(FormatError::Checksum), "{position}");
    }
}

proptest! {
    #[test]
    fn token_of_our_format_is_accepted_and_names_its_id(prefix in "[a-z][a-z0-9]{1,9}", seed: u64) {
        let format = TokenctlV1::new(vec![Prefix::default(), Prefix::parse(&prefix).unwrap()]);
        let (id, token) = generate(&format, Some(&prefix), seed);
        prop_assert_eq!(token.len(), prefix.len() + 50);
        prop_assert_eq!(format.check(&token), Ok(()));
        prop_assert_eq!(format.token_id_of(&token), Some(id));
        prop_assert!(format.has_prefix(&token));
    }

    #[test]
    fn token_of_a_vendor_is_accepted_for_its_type_alone(known in "[A-Za-z0-9_-]{1,32}", seed: u64) {
        let format = VendorChecksum::new(vec![VendorType::parse(&known).unwrap()]);
        let (_, token) = generate(&format, None, seed);
        prop_assert_eq!(token.len(), 255);
        prop_assert_eq!(format.check(&token), Ok(()));
        let other = known + "x";
        prop_assert!(VendorChecksum::check_for_type(&token, &other).is_err());
        prop_assert!(format.check(&token[..254]).is_err());
    }

    #[test]
    fn token_of_the_oldest_format_is_accepted(seed: u64) {
        let (_, token) = generate(&LegacySha1, None, seed);
        prop_assert_eq!(LegacySha1.check(&token), Ok(()));
        prop_assert_eq!(token.to_ascii_lowercase(), token);
    }

    #[test]
    fn registry_knows_whose_token_it_is(seed: u64) {
        let formats = TokenFormats::built_in(
            vec![Prefix::default()],
            vec![VendorType::parse("rbp").unwrap()],
        );
        let formats = TokenFormats::new(formats, "tokenctl_v1", Default::default()).unwrap();
        for id in formats.ids() {
            let (_, token) = generate(formats.find(id).unwrap(), None, seed);
            prop_assert_eq!(formats.judge(&token), Shape::WellFormed { format: id });
        }
    }

    #[test]
    fn any_text_is_judged(text in "(tkc_|rbp_|)\\PC{0,300}") {
        let formats = TokenFormats::default();
        let is_plain = (1..=512).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
        let may_be_foreign = is_plain && !text.starts_with("tkc_");
        let is_refused = matches!(formats.judge(&text), Shape::Malformed(_));
        prop_assert_eq!(is_refused, !may_be_foreign);
    }

    #[test]
    fn token_id_is_read_back(seed: u64) {
        let id = TokenId::generate(&mut Seeded(seed)).unwrap();
        prop_assert_eq!(TokenId::parse(&id.to_string()), Ok(id));
        prop_assert_eq!(TokenId::parse(&id.as_str().to_ascii_uppercase()), Ok(id));
    }

    #[test]
    fn rate_limit_is_read_back(count: u64, multiplier in 1_u32..40_000, unit in "[smhd]?") {
        let limit = RateLimit::parse(&format!("{count}/{multiplier}{unit}")).unwrap();
        prop_assert_eq!(RateLimit::parse(&limit.to_string()), Ok(limit));
    }

    #[test]
    fn any_text_is_a_rate_limit_or_refused(text in "[0-9/smhd +\\-]{0,12}|\\PC{0,12}") {
        if let Ok(limit) = RateLimit::parse(&text) {
            prop_assert!(limit.period_seconds() > 0);
        }
    }

    #[test]
    fn networks_are_read_back(networks in networks()) {
        let shown: Vec<String> = networks.to_string().split_terminator(", ").map(str::to_owned).collect();
        prop_assert_eq!(&Networks::parse(&shown).unwrap(), &networks);
        let json = serde_json::to_string(&networks).unwrap();
        prop_assert_eq!(serde_json::from_str::<Networks>(&json).unwrap(), networks);
    }

    #[test]
    fn intersection_allows_what_both_allow(
        ours in networks(),
        theirs in networks(),
        addresses in prop::collection::vec(address(), 50),
    ) {
        let both = ours.intersect(&theirs);
        prop_assert!(both.len() <= ours.len() + theirs.len());
        prop_assert_eq!(&both, &theirs.intersect(&ours));
        for address in addresses {
            let expected = ours.allows(address) && theirs.allows(address);
            prop_assert_eq!(both.allows(address), expected, "{}", address);
        }
    }
}

/// Addresses of few distinct values, so that they meet the blocks; of both families, some mapped.
fn address() -> impl Strategy<Value = IpAddr> {
    let octet = || prop::sample::select(vec![0_u8, 1, 10, 127, 128, 255]);
    let v4 =
        (octet(), octet(), octet(), octet()).prop_map(|(a, b, c, d)| Ipv4Addr::new(a, b, c, d));
    let segment = || prop::sample::select(vec![0_u16, 1, 0x8000, 0xFFFF]);
    let v6 = (segment(), segment(), segment())
        .prop_map(|(a, b, c)| Ipv6Addr::new(0x2001, 0xDB8, a, 0, 0, 0, b, c));
    prop_oneof![
        v4.clone().prop_map(IpAddr::V4),
        v4.prop_map(|address| IpAddr::V6(address.to_ipv6_mapped())),
        v6.prop_map(IpAddr::V6),
    ]
}

fn networks() -> impl Strategy<Value = Networks> {
    let block = (address(), 0_u32..=128).prop_map(|(address, length)| match address {
        IpAddr::V4(v4) => {
            let length = length % 33;
            let kept = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            format!("{}/{length}", Ipv4Addr::from_bits(v4.to_bits() & kept))
        }
        IpAddr::V6(v6) => {
            let kept = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            format!("{}/{length}", Ipv6Addr::from_bits(v6.to_bits() & kept))
        }
    });
    prop::collection::vec(block, 0..12).prop_map(|blocks| Networks::parse(&blocks).unwrap())
}
