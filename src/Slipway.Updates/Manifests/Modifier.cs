namespace Slipway.Updates;

/// <summary>The builds of one file for several processor levels: the base and up to three optimised ones.</summary>
public enum Variant
{
    /// <summary>For every x86-64 processor.</summary>
    Base,

    /// <summary>AVX2, below /V3 in the full root.</summary>
    V3,

    /// <summary>AVX-512, below /V4.</summary>
    V4,

    /// <summary>APX, below /VA.</summary>
    VA,
}

/// <summary>The optimised variants that exist of a file beside its base.</summary>
[Flags]
public enum Variants
{
    None = 0,
    Avx2 = 1,
    Avx512 = 2,
    Apx = 4,
}

/// <summary>Column 3 of a record: which variant this is, and which others exist (format 1.3).</summary>
public readonly record struct Modifier
{
    // The letters b, s and C are left out: they once meant boot, state and configuration.
    private static ReadOnlySpan<byte> Letters => ".acdefghijklmnopqrtuvwxyzABDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#^*"u8;

    private static readonly (Variant Variant, Variants Available)[] Meanings =
    [
        (Variant.Base, Variants.None),
        (Variant.Base, Variants.Avx2),
        (Variant.Base, Variants.Avx512),
        (Variant.Base, Variants.Avx2 | Variants.Avx512),
        (Variant.V3, Variants.Avx2),
        (Variant.V3, Variants.Avx2 | Variants.Avx512),
        (Variant.V4, Variants.Avx512),
        (Variant.V4, Variants.Avx2 | Variants.Avx512),
        (Variant.Base, Variants.Apx),
        (Variant.Base, Variants.Avx2 | Variants.Apx),
        (Variant.Base, Variants.Avx512 | Variants.Apx),
        (Variant.Base, Variants.Avx2 | Variants.Avx512 | Variants.Apx),
        (Variant.V3, Variants.Avx2 | Variants.Apx),
        (Variant.V3, Variants.Avx2 | Variants.Avx512 | Variants.Apx),
        (Variant.V4, Variants.Avx512 | Variants.Apx),
        (Variant.V4, Variants.Avx2 | Variants.Avx512 | Variants.Apx),
        (Variant.VA, Variants.Apx),
        (Variant.VA, Variants.Avx2 | Variants.Apx),
        (Variant.VA, Variants.Avx512 | Variants.Apx),
        (Variant.VA, Variants.Avx2 | Variants.Avx512 | Variants.Apx),
    ];

    private readonly byte _index;

    private Modifier(int index) => _index = (byte)index;

    /// <summary>The position of the letter in the alphabet; above 19 nothing is defined and a device skips the record.</summary>
    public int Index => _index;

    public bool IsDefined => _index < Meanings.Length;

    public Variant Variant => IsDefined ? Meanings[_index].Variant : Variant.Base;

    public Variants Available => IsDefined ? Meanings[_index].Available : Variants.None;

    public char Letter => (char)Letters[_index];

    /// <summary>A base with some of AVX2 and AVX-512 only, and every APX variant: devices fetch these as full files.</summary>
    public bool NeverInDeltaPacks => _index is 1 or 2 or 3 or (>= 16 and <= 19);

    public static Modifier Of(Variant variant, Variants available)
    {
        var index = Array.IndexOf(Meanings, (variant, available));
        return index >= 0 ? new Modifier(index) : throw new ArgumentException($"no modifier for {variant} of {available}");
    }

    /// <summary>False for a character outside the alphabet; the three old letters mean "base".</summary>
    public static bool TryParse(byte letter, out Modifier modifier)
    {
        var index = letter is (byte)'b' or (byte)'s' or (byte)'C' ? 0 : Letters.IndexOf(letter);
        modifier = new Modifier(Math.Max(index, 0));
        return index >= 0;
    }
}
