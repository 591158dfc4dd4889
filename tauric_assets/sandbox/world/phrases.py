"""The pool of sentences that annual and quarterly reports are composed of.

Belongs here: templates with slots that `wording.Voice` fills.
Not here: figures and headings (reports.py), press releases (releases.py).
"""

BUSINESS = (
    "{name} develops, makes and services {trade}.",
    "Our largest line is {product}, which we sell under contracts of several years.",
    "We serve {count} customers, among them {customer}; no single one was more than {percent}% of revenue.",
    "Work is spread over our sites at {site} and {site}, which run two shifts.",
    "We buy {input} mainly from {supplier} and hold a second source for about {percent}% of our needs.",
    "Competition rests on price, delivery time and the record of {product} in service.",
    "Demand follows our customers' budgets and is strongest in the last months of the calendar year.",
    "We own {count} patents that bear on {product}, the first of which expires in {months} months.",
    "We employed some {count} hundred people at year end, of whom {percent}% work in development.",
    "Part of our output at {site} depends on permits that are renewed every {months} months.",
    "Service and spare parts bring steady income long after {product} has been delivered.",
    "We license some of our designs to {customer} and receive a fee for each unit.",
    "Our backlog counts only signed orders with a delivery date.",
    "Research is aimed at lowering the amount of {input} that {product} needs.",
)

RISKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "We depend on few suppliers for {input}.",
        (
            "If {supplier} failed to deliver, we could not quickly find another source.",
            "Prices of {input} have moved by more than {percent}% within a quarter.",
            "A new supplier must be qualified, which takes {months} months.",
            "In past quarters a supply problem forced us to stop work at {site}.",
        ),
    ),
    (
        "A few customers account for much of our revenue.",
        (
            "{customer} may reduce, delay or cancel orders at short notice.",
            "The loss of {customer} would lower revenue by up to {percent}%.",
            "Large customers ask for lower prices each time a contract is renewed.",
            "Payment terms of up to {months} months tie up our cash.",
        ),
    ),
    (
        "Our products may fail or cause damage.",
        (
            "A defect in {product} could lead to recalls, claims and a loss of reputation.",
            "Our insurance covers product liability only up to a limit.",
            "Repairs under warranty cost {percent}% more than we had set aside two years ago.",
        ),
    ),
    (
        "Competition could lower our prices and margins.",
        (
            "Larger rivals can sell products like {product} below cost for longer than we can.",
            "New entrants with other techniques may make {product} obsolete.",
            "Buyers such as {customer} have begun to develop their own.",
        ),
    ),
    (
        "Authorities may investigate or restrict our business.",
        (
            "Competition authorities have asked questions about how {product} is priced.",
            "An investigation takes management's time whatever its outcome.",
            "Fines can reach {percent}% of yearly revenue.",
            "New rules on trade could stop us from selling {product} in some countries.",
        ),
    ),
    (
        "An interruption at one of our sites would be hard to make up.",
        (
            "Most {product} comes from {site}, where a fire or flood would stop output.",
            "Our second site at {site} has spare capacity for only {percent}% of demand.",
            "Insurance would pay only after {months} months.",
        ),
    ),
    (
        "We may not be able to hire and keep the people we need.",
        (
            "The number of engineers with experience of {trade} is small.",
            "The departure of a chief executive or chief financial officer could unsettle customers and lenders.",
            "Wages at {site} rose by {percent}% in the last year.",
        ),
    ),
    (
        "An attack on our computer systems could stop our work.",
        (
            "We have been the target of attacks, none of which did lasting harm.",
            "{supplier} and other suppliers have access to some of our systems.",
            "Losses from a long stoppage may exceed our insurance.",
        ),
    ),
    (
        "Our forecasts may turn out to be wrong.",
        (
            "We give guidance that rests on orders which {customer} may postpone.",
            "When we lowered our forecast in the past, the price of our stock fell sharply.",
            "Costs of developing {product} are hard to estimate.",
        ),
    ),
    (
        "Our debt limits what we can do.",
        (
            "The credit agreement forbids dividends when earnings fall below a threshold.",
            "A rise of one percentage point in interest rates would cost us several million dollars a year.",
            "Lenders may refuse to extend the facility, which ends in {months} months.",
        ),
    ),
    (
        "Changes in exchange rates and tariffs affect our results.",
        (
            "We buy {input} in other currencies and sell {product} mostly in dollars.",
            "Tariffs on {input} rose to {percent}% within a year.",
            "Hedges cover at most the next {months} months.",
        ),
    ),
    (
        "The price of our common stock moves widely, also outside exchange hours.",
        (
            "Tokenised shares that third parties issue trade day and night, on venues we do not supervise.",
            "News about {customer} or {supplier} has moved the price by more than {percent}% in a day.",
            "Sales by officers and directors, also under written plans, may be read as a lack of confidence.",
        ),
    ),
    (
        "Climate and weather can interrupt supply and demand.",
        (
            "Storms closed {site} for several days in the last {months} months.",
            "Rules on emissions may make {input} scarcer and dearer.",
            "Customers ask for proof of how {product} is made, which costs money.",
        ),
    ),
    (
        "We may fail to protect our inventions.",
        (
            "Patents on {product} can be challenged and may not be upheld.",
            "Former employees have taken knowledge to rivals.",
            "Others may claim that {product} infringes their rights.",
        ),
    ),
)
RISK_CLOSINGS = (
    "Any of this could lower our revenue and our stock price.",
    "We cannot be sure that the steps we have taken will be enough.",
    "The effect could last for several quarters.",
    "Our results would suffer, and it might take {months} months to recover.",
)

REVENUE = (
    "Most of the change came from {product}, where volumes moved more than prices.",
    "Sales to {customer} changed by {percent}% as deliveries shifted between quarters.",
    "Prices were about {percent}% different from a year before, and volumes account for the rest.",
    "Service revenue from {product} grew with the number of units in use.",
    "Orders postponed by {customer} are expected within {months} months.",
)
MARGIN = (
    "The price of {input} was the main influence on cost of revenue.",
    "A better mix, with more of {product}, helped the margin.",
    "Start-up costs at {site} weighed on the margin by less than a percentage point.",
    "Freight and energy cost {percent}% more than a year before.",
    "Late deliveries from {supplier} led to overtime and to idle hours at {site}.",
)
EXPENSES = (
    "Research went chiefly into the next version of {product}.",
    "Selling expense followed revenue; travel and fairs cost {percent}% more.",
    "We hired {count} engineers at {site} in the period.",
    "Administrative expense includes legal fees for answering an authority's questions.",
)
LIQUIDITY = (
    "Cash came mainly from operations, and we expect it to cover our needs for the next {months} months.",
    "Stocks of {input} were raised as a precaution against shortages, which used cash.",
    "Investment went into a new line at {site}.",
    "The credit facility was not drawn at the end of the period.",
    "Receivables from {customer} were paid after the end of the period.",
)
OUTLOOK = (
    "We expect demand for {product} to hold, if supply of {input} allows us to meet it.",
    "Orders from {customer} make us confident about the coming quarters.",
    "We are watching the cost of {input} closely and may raise prices.",
    "Capital spending will depend on when the extension at {site} is approved.",
)
POLICIES = (
    "Revenue is recognised when {product} passes to the customer; service revenue over the term of the contract.",
    "Stocks are carried at the lower of cost and what they can be sold for.",
    "Warranty provisions rest on {months} months of experience with {product}.",
    "Goodwill is tested once a year, and nothing was written off in the period.",
    "Share-based pay is measured on the day of the grant and spread over the vesting period.",
)
LEGAL = (
    "We are party to disputes that arise in the ordinary course of business, none of them material by itself.",
    "A former distributor of {product} claims damages; we consider the claim to be without merit.",
    "We are answering a competition authority's questions about {product} and cannot foresee the outcome.",
    "A dispute with {supplier} over the quality of {input} is before an arbitrator.",
)
PROPERTIES = (
    "Our head office is rented until {months} months from now.",
    "We own the works at {site}, where {product} is made.",
    "The site at {site} is leased and has room to grow by {percent}%.",
    "We believe that our sites are in good order and enough for our present needs.",
)
SECURITY = (
    "A committee of the board hears a report on computer security every quarter.",
    "Outside experts test our systems at {site} every {months} months.",
    "Suppliers such as {supplier} must meet the same rules before they are given access.",
    "No incident in the period had, or is likely to have, a material effect.",
)
CONTROLS = (
    "The chief executive officer and the chief financial officer found that disclosure controls were effective.",
    "No change in internal control over financial reporting had a material effect in the period.",
    "The introduction of new software at {site} led to additional checks.",
)
MARKET_RISK = (
    "A change of {percent}% in the price of {input} would change yearly cost by several million dollars.",
    "We hedge part of our purchases for up to {months} months.",
    "Interest on our loans is variable; we have not hedged it.",
)
NOTES = (
    "The statements have been prepared in accordance with generally accepted accounting principles.",
    "Estimates were needed for warranty, bad debts and the value of stocks of {input}.",
    "Segment figures are not shown, because management looks at the business as one.",
    "Events after the period have been considered up to the day of this report.",
    "Commitments to buy {input} from {supplier} run for {months} months.",
)
EFFECTS = (*REVENUE, *MARGIN, *EXPENSES, *LIQUIDITY, *OUTLOOK, *MARKET_RISK)
"""What a risk that comes true would show in."""
