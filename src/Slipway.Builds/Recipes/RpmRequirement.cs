using System.Text.RegularExpressions;
using Slipway.Builds.Roots;

namespace Slipway.Builds.Recipes;

/// <summary>A BuildRequires, rich ones included, in the words of debs. rpm itself checks the requirement in the finished root; this only finds what to install.</summary>
internal sealed partial class RpmRequirement
{
    private const int MaxDepth = 16;
    private static readonly string[] Connectives = ["and", "or", "with", "without", "if", "unless", "else"];

    private readonly Func<string, bool> _isKnown;
    private readonly string _text;
    private readonly List<string> _words;
    private int _at;

    private RpmRequirement(string text, Func<string, bool> isKnown)
    {
        (_text, _isKnown) = (text, isKnown);
        _words = [.. Word().Matches(text).Select(m => m.Value)];
    }

    /// <summary>Relations that fulfil it together; none for what no package index lists: a path, `rpmlib(x)`, and `pkgconfig(x)` where no deb is named alike.</summary>
    /// <exception cref="RecipeException">It is no requirement.</exception>
    internal static IReadOnlyList<string> ToDebs(string requirement, Func<string, bool> isKnown)
    {
        var reader = new RpmRequirement(requirement.Trim(), isKnown);
        var relations = reader.Expression(0);
        return reader._at == reader._words.Count ? relations : throw reader.Bad();
    }

    // A and B, A with B: both. A or B: either. A if B: A where B can be had. A unless B, A without B: A, since nothing asked for B.
    private IReadOnlyList<string> Expression(int depth)
    {
        var first = Term(depth);
        if (_at == _words.Count || _words[_at] == ")")
            return first;
        switch (_words[_at])
        {
            case "and" or "with":
                List<string> all = [.. first];
                while (Take("and") || Take("with"))
                    all.AddRange(Term(depth));
                return all;
            case "or":
                List<IReadOnlyList<string>> choices = [first];
                while (Take("or"))
                    choices.Add(Term(depth));
                return Either(choices);
            case "if" or "unless":
                var wanted = _words[_at++] == "if";
                var condition = Term(depth);
                IReadOnlyList<string> otherwise = Take("else") ? Term(depth) : [];
                // Nothing of an `unless` condition is installed by this requirement, and rpm says so if something else did.
                return !wanted || condition.All(c => c.Split(" | ").Any(a => _isKnown(a.Split(' ')[0]))) ? first : otherwise;
            case "without":
                _at++;
                Term(depth);
                return first;
            default:
                throw Bad();
        }
    }

    private static IReadOnlyList<string> Either(List<IReadOnlyList<string>> choices)
    {
        if (choices.Exists(c => c.Count == 0))
            return [];
        // Alternatives of several packages each cannot be said in one deb relation: the first is taken.
        return choices.TrueForAll(c => c.Count == 1) ? [string.Join(" | ", choices.Select(c => c[0]))] : choices[0];
    }

    private IReadOnlyList<string> Term(int depth)
    {
        if (depth > MaxDepth || _at == _words.Count)
            throw Bad();
        if (Take("("))
        {
            var inner = Expression(depth + 1);
            return Take(")") ? inner : throw Bad();
        }
        var name = _words[_at++];
        var (comparison, version) = ("", "");
        if (_at < _words.Count && _words[_at] is "<" or "<=" or "=" or ">=" or ">")
        {
            comparison = _words[_at++];
            version = _at < _words.Count ? _words[_at++] : throw Bad();
        }
        return Single(name, comparison, version);
    }

    private IReadOnlyList<string> Single(string name, string comparison, string version)
    {
        if (Connectives.Contains(name) || name is ")")
            throw Bad();
        if (PkgConfig().Match(name) is { Success: true } module)
            return Development(module.Groups["name"].Value).FirstOrDefault(_isKnown) is { } package ? [package] : [];
        if (!PackageName().IsMatch(name))
            return name.StartsWith('/') || name.Contains('(', StringComparison.Ordinal) ? [] : throw Bad();
        return [comparison.Length == 0 ? name : $"{name} ({comparison switch { "<" => "<<", ">" => ">>", var same => same }} {version})"];
    }

    // Debian names development packages after the library, with or without `lib` and the number of its interface.
    private static IEnumerable<string> Development(string module)
    {
        var name = module.ToLowerInvariant();
        var plain = InterfaceNumber().Replace(name, "");
        foreach (var one in new[] { name, plain }.Distinct())
            foreach (var form in new[] { $"lib{one}-dev", $"{one}-dev", $"{one}1g-dev", $"lib{one}1-dev", $"lib{one}2-dev", $"lib{one}3-dev" })
                yield return form;
    }

    private bool Take(string word)
    {
        if (_at == _words.Count || _words[_at] != word)
            return false;
        _at++;
        return true;
    }

    private RecipeException Bad() => new($"BuildRequires: `{_text}` is no requirement");

    // A name may hold parentheses itself: pkgconfig(x), libc.so.6(GLIBC_2.34)(64bit).
    [GeneratedRegex(@"[^\s()]+(\([^\s()]*\))+|[^\s()]+|[()]")]
    private static partial Regex Word();

    [GeneratedRegex(@"^pkgconfig\((?<name>[A-Za-z0-9.+_-]+)\)\z")]
    private static partial Regex PkgConfig();

    [GeneratedRegex(@"-?[0-9.]+\z")]
    private static partial Regex InterfaceNumber();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9.+_-]*\z")]
    private static partial Regex PackageName();
}
