using System.Globalization;
using System.Reflection;

namespace Slipway.Updates.Tests.Conformance;

public class AllCasesTests
{
    private const int Cases = 44;

    [Fact]
    public void Each_case_of_the_format_has_a_test()
    {
        var tested = typeof(AllCasesTests).Assembly.GetTypes().SelectMany(t => t.GetMethods())
            .SelectMany(m => m.GetCustomAttributes<TraitAttribute>()).Where(t => t.Name == "case").SelectMany(t => Numbers(t.Value)).ToHashSet();
        Assert.Equal(Enumerable.Range(1, Cases), tested.Order());
    }

    private static IEnumerable<int> Numbers(string value)
    {
        var ends = value.Split('-').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToList();
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    }
}
